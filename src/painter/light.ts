import { filterBy, mix, rgb, saturate, scale, type Rgb } from './colour.js';
import type { Understood } from './understood.js';
import type { TimeOfDay } from './vocabulary/scenery.js';

/** How a scene is lit. Objects ask `tone` for every colour they use, so one set of drawings serves noon and midnight. */
export interface Light {
  readonly time: TimeOfDay;
  readonly skyTop: Rgb;
  readonly skyMiddle: Rgb;
  readonly skyLow: Rgb;
  readonly key: Rgb;
  readonly ambient: Rgb;
  readonly haze: Rgb;
  /** Height of the sun or moon over the horizon, 0 to 1 of the sky. */
  readonly altitude: number;
  /** Lamps are lit and windows glow. */
  readonly lampsLit: boolean;
  readonly dark: boolean;
  /** How fast things vanish in the distance. */
  readonly fog: number;
  readonly season: 'spring' | 'summer' | 'autumn' | 'winter';
  /** Drawings shade in two hard steps instead of gradients, as cut paper and vector art do. */
  readonly flat: boolean;
  /** Snow lies on ground, roofs and branches. */
  readonly snowy: boolean;
  /** A base colour under this light: `shade` from -1 (turned away) to 1 (facing it), `depth` from 0 to 1 (far). */
  readonly tone: (base: Rgb, shade?: number, depth?: number) => Rgb;
}

interface Hours {
  readonly sky: readonly [string, string, string];
  readonly key: string;
  readonly keyPower: number;
  readonly ambient: string;
  readonly haze: string;
  readonly altitude: number;
}

const hours: Readonly<Record<TimeOfDay, Hours>> = {
  dawn: {
    sky: ['#5877ad', '#c7a5c2', '#ffd0a6'],
    key: '#ffc49c',
    keyPower: 0.68,
    ambient: '#8f97bd',
    haze: '#e9c6bd',
    altitude: 0.1,
  },
  morning: {
    sky: ['#3f87cf', '#9fcdec', '#f6ead2'],
    key: '#ffefcf',
    keyPower: 0.8,
    ambient: '#9fb2cc',
    haze: '#d6e3e8',
    altitude: 0.5,
  },
  day: {
    sky: ['#3a80c8', '#86bde8', '#dcecf4'],
    key: '#fff8ea',
    keyPower: 0.84,
    ambient: '#a3b5cc',
    haze: '#c4d9ea',
    altitude: 0.8,
  },
  golden: {
    sky: ['#5a82b4', '#e3b984', '#ffe0a0'],
    key: '#ffca86',
    keyPower: 0.98,
    ambient: '#7f86a6',
    haze: '#f2c78e',
    altitude: 0.22,
  },
  sunset: {
    sky: ['#3a3d78', '#d5617a', '#ffb45c'],
    key: '#ff9656',
    keyPower: 0.86,
    ambient: '#716b98',
    haze: '#e59980',
    altitude: 0.1,
  },
  evening: {
    sky: ['#182450', '#565893', '#e89b80'],
    key: '#c79ab0',
    keyPower: 0.46,
    ambient: '#6b76a6',
    haze: '#7b7ca4',
    altitude: 0.06,
  },
  night: {
    sky: ['#0a1230', '#1a2c5e', '#3a5390'],
    key: '#9db9ff',
    keyPower: 0.56,
    ambient: '#4d639c',
    haze: '#26365f',
    altitude: 0.62,
  },
};

export function lightFor(understood: Understood): Light {
  const { weather, mood } = understood;
  const time =
    understood.time ??
    (understood.sky.some((feature) => feature !== 'sun' && feature !== 'rainbow') || mood === 'neon'
      ? 'night'
      : 'day');
  const hour = hours[time];
  const storm = weather.includes('storm');
  const dull = storm
    ? 0.72
    : weather.includes('rain') || weather.includes('fog')
      ? 0.5
      : weather.includes('snow')
        ? 0.4
        : weather.includes('cloudy')
          ? 0.25
          : 0;
  const dark = time === 'night' || (storm && time === 'evening');
  const snowy =
    understood.season === 'winter' || weather.includes('snow') || understood.settings.includes('snowfield');
  const season = understood.season ?? (snowy ? 'winter' : 'summer');
  const grey = dark ? rgb('#36435e') : storm ? rgb('#59636f') : rgb('#b9c2ca');
  const tint = understood.palette[0];
  const paint = (colour: Rgb, amount: number): Rgb => {
    const moody = mood === 'dark' && !dark ? scale(colour, 0.78) : colour;
    const vivid = saturate(moody, mood === 'bright' ? 1.15 : mood === 'vintage' ? 0.65 : 1);
    const tinted =
      tint === undefined ? vivid : mix(vivid, filterBy(rgb(tint), mix(vivid, [255, 255, 255], 0.5)), amount);
    return mix(tinted, mix(grey, tinted, 0.2), dull);
  };
  const ambientPower = dark ? 0.72 : storm ? 0.55 : 0.62;
  const ambient = scale(paint(rgb(hour.ambient), 0.12), ambientPower);
  const key = scale(paint(rgb(hour.key), 0.1), hour.keyPower * (1 - dull * 0.6));
  const haze = paint(rgb(hour.haze), 0.3);
  return {
    time,
    skyTop: paint(rgb(hour.sky[0]), 0.35),
    skyMiddle: paint(rgb(hour.sky[1]), 0.3),
    skyLow: paint(rgb(hour.sky[2]), 0.25),
    key,
    ambient,
    haze,
    altitude: hour.altitude,
    lampsLit: dark || time === 'evening' || time === 'sunset' || time === 'dawn' || storm,
    dark,
    fog: weather.includes('fog')
      ? 2.4
      : weather.includes('rain') || weather.includes('snow')
        ? 1.5
        : time === 'dawn'
          ? 1.3
          : 1,
    season,
    snowy,
    flat: understood.style === 'flat' || understood.style === 'icon',
    tone: (base, shade = 0, depth = 0) => {
      const lit = (Math.min(1, Math.max(-1, shade)) + 1) / 2;
      const light: Rgb = [ambient[0] + key[0] * lit, ambient[1] + key[1] * lit, ambient[2] + key[2] * lit];
      const seen: Rgb = filterBy(base, light);
      return depth <= 0 ? seen : mix(seen, haze, Math.min(1, depth));
    },
  };
}
