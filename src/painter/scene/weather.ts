import { mix } from '../colour.js';
import { clouds, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import type { Stage } from './stage.js';

/** Drifting mist over the ground; only where the weather or hour brings it. */
export function paintFog(stage: Stage, share: number, random: Random): void {
  const { canvas, light, understood, horizon } = stage;
  const offset = random.range(0, 512);
  const heavy = understood.weather.includes('fog') ? 0.85 : light.time === 'dawn' ? 0.42 : 0;
  if (heavy === 0) return;
  const tile = clouds();
  const band = 170 * canvas.unit * (heavy > 0.6 ? 2 : 1);
  const colour = mix(light.haze, light.skyLow, 0.3);
  for (let y = Math.max(0, Math.floor(horizon - band)); y < Math.min(canvas.height, horizon + band); y++) {
    const fall = 1 - Math.abs(y - horizon) / band;
    for (let x = 0; x < canvas.width; x++) {
      const drift = sample(tile, (x / canvas.unit) * 0.16 + offset, (y / canvas.unit) * 0.6 + offset);
      const alpha = heavy * share * fall * fall * (0.25 + drift * 1.3);
      if (alpha > 0.01) canvas.blend(x, y, colour, Math.min(0.92, alpha));
    }
  }
}

/** Falling rain or snow, in three depths. */
export function paintWeather(stage: Stage, random: Random): void {
  const { canvas, light, understood } = stage;
  const { width, height, unit } = canvas;
  const { weather } = understood;
  const area = (width * height) / (unit * unit * 1e6);
  if (weather.includes('rain') || weather.includes('storm')) {
    const slant = weather.includes('storm') ? 0.42 : 0.14;
    const count = Math.round((weather.includes('storm') ? 750 : 950) * area);
    const colour = mix(light.skyLow, [235, 240, 250], 0.6);
    for (let drop = 0; drop < count; drop++) {
      const near = random.next();
      canvas.strand(
        random.range(-0.1, 1.1) * width,
        random.range(-0.05, 1) * height,
        Math.PI / 2 + slant,
        (18 + near * 46) * unit,
        0,
        0.5 + near * 1.2 * unit,
        colour,
        0.16 + near * 0.22,
      );
    }
  }
  if (weather.includes('snow') || (understood.season === 'winter' && understood.mood === 'bright')) {
    const count = Math.round(900 * area);
    for (let flake = 0; flake < count; flake++) {
      const near = random.next() ** 3;
      const radius = (1 + near * 6) * unit;
      canvas.dab(
        random.next() * width,
        random.next() * height,
        radius,
        radius,
        0,
        light.dark ? [205, 215, 235] : [250, 252, 255],
        0.85 - near * 0.35,
      );
    }
  }
}
