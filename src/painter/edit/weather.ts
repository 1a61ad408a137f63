import type { Canvas } from '../canvas.js';
import { mix, type Rgb } from '../colour.js';
import { compose } from '../compose.js';
import type { Light } from '../light.js';
import { clouds, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import { paintWeather } from '../scene/weather.js';
import { blurPlane } from '../styles/planes.js';
import type { Understood } from '../understood.js';
import { ramp } from './grid.js';
import { RowSampler } from './spread.js';
import type { Survey } from './survey.js';

/** Wet or veiled surfaces, clouded skies, and at last what falls. */
export function changeWeather(
  canvas: Canvas,
  survey: Survey,
  understood: Understood,
  light: Light,
  random: Random,
): void {
  const { weather } = understood;
  const storm = weather.includes('storm');
  const rain = weather.includes('rain');
  if (storm || rain || weather.includes('cloudy') || weather.includes('snow'))
    coverSky(canvas, survey, light, random, storm ? 0.85 : rain ? 0.6 : 0.5);
  if (storm || rain) wetGround(canvas, survey);
  if (storm) darken(canvas, survey);
  if (weather.includes('fog')) veil(canvas, survey, light, random, 0.9);
  else if (rain || weather.includes('snow')) veil(canvas, survey, light, random, 0.3);
  if (weather.includes('clear')) clearSky(canvas, survey);
  const falling = { ...understood, subjects: [], settings: [] };
  const composition = compose(falling, '', canvas.width, canvas.height, 0);
  paintWeather(
    {
      canvas,
      light,
      understood: falling,
      composition,
      sunX: composition.sunX * canvas.width,
      horizon: survey.horizon,
    },
    random.fork('falling'),
  );
}

/** Billows of grey over the open sky, and less colour below it. */
function coverSky(canvas: Canvas, survey: Survey, light: Light, random: Random, amount: number): void {
  const { width, height, data, unit } = canvas;
  const tile = clouds();
  const offset = random.range(0, 500);
  const dull = mix(light.skyMiddle, [150, 158, 168], 0.45);
  const bright: Rgb = mix(light.skyLow, [225, 230, 236], 0.35);
  const power = light.dark ? 0.55 : 1;
  for (let y = 0; y < height; y++) {
    const far = 1 + (1 - Math.min(1, y / Math.max(1, survey.horizon))) * 0.9;
    for (let x = 0; x < width; x++) {
      const index = y * width + x;
      const sky = survey.sky[index] ?? 0;
      const at = index * 4;
      if (sky < 0.99) {
        const grey = amount * 0.35 * (1 - sky) * (1 - (survey.glow[index] ?? 0));
        const luma = (data[at] ?? 0) * 0.3 + (data[at + 1] ?? 0) * 0.59 + (data[at + 2] ?? 0) * 0.11;
        for (let part = 0; part < 3; part++)
          data[at + part] = (data[at + part] ?? 0) + (luma * 0.95 - (data[at + part] ?? 0)) * grey;
      }
      if (sky < 0.01) continue;
      const billow = sample(tile, ((x / unit) * 0.24) / far + offset, ((y / unit) * 0.6) / far + offset);
      const tone = mix(dull, bright, ramp(billow, 0.3, 0.75));
      const cover = sky * amount * (0.55 + 0.45 * ramp(billow, 0.2, 0.55));
      for (let part = 0; part < 3; part++) {
        const was = data[at + part] ?? 0;
        data[at + part] = was + ((tone[part] ?? 0) * power * (1 - amount * 0.25) - was) * cover;
      }
    }
  }
}

/** Wet ground is darker, and shines with a blurred likeness of what stands above it. */
function wetGround(canvas: Canvas, survey: Survey): void {
  const { width, height, data } = canvas;
  const { grid } = survey;
  const mirror = [grid.red, grid.green, grid.blue].map(
    (plane) => new RowSampler(blurPlane(plane, grid.columns, grid.rows, 2), grid, width),
  );
  for (let y = Math.floor(survey.horizon); y < height; y++) {
    const up = Math.max(0, Math.round(survey.horizon - (y - survey.horizon) * 1.1));
    const seen = mirror.map((sampler) => sampler.row(up));
    for (let x = 0; x < width; x++) {
      const index = y * width + x;
      const wet = survey.ground[index] ?? 0;
      if (wet < 0.01) continue;
      const at = index * 4;
      const leaf = survey.foliage[index] ?? 0;
      const shine = wet * 0.34 * (1 - leaf * 0.85);
      for (let part = 0; part < 3; part++) {
        const was = data[at + part] ?? 0;
        const dark = was * (1 - 0.26 * wet);
        data[at + part] = dark + ((seen[part]?.[x] ?? was) * 0.85 - dark) * shine;
      }
    }
  }
}

function darken(canvas: Canvas, survey: Survey): void {
  const { data } = canvas;
  // A picture that is dark already needs no more of it.
  const deep = 0.3 * ramp(survey.mean[1], 60, 120);
  for (let index = 0, at = 0; at < data.length; index++, at += 4) {
    const power = 1 - deep * (1 - (survey.glow[index] ?? 0));
    data[at] = (data[at] ?? 0) * power * 0.97;
    data[at + 1] = (data[at + 1] ?? 0) * power;
    data[at + 2] = (data[at + 2] ?? 0) * power * 1.04;
  }
}

/** Mist that thickens towards the horizon and drifts in banks. */
function veil(canvas: Canvas, survey: Survey, light: Light, random: Random, strength: number): void {
  const { width, height, data, unit } = canvas;
  const tile = clouds();
  const offset = random.range(0, 500);
  const colour = light.dark ? mix(light.haze, [120, 130, 150], 0.2) : mix(light.haze, light.skyLow, 0.35);
  const below = Math.max(1, height - survey.horizon);
  for (let y = 0; y < height; y++) {
    const away =
      y < survey.horizon
        ? 0.62 + 0.38 * (y / Math.max(1, survey.horizon)) ** 2
        : (1 - (y - survey.horizon) / below) ** 1.25;
    for (let x = 0; x < width; x++) {
      const index = y * width + x;
      const bank = sample(tile, (x / unit) * 0.14 + offset, (y / unit) * 0.5 + offset);
      const glow = survey.glow[index] ?? 0;
      const dense = Math.min(0.93, strength * (0.12 + 0.88 * away) * (0.62 + bank * 0.6)) * (1 - glow * 0.6);
      const at = index * 4;
      for (let part = 0; part < 3; part++) {
        const was = data[at + part] ?? 0;
        data[at + part] = was + ((colour[part] ?? 0) - was) * dense;
      }
    }
  }
}

/** A clear day: more contrast and colour, and a bluer sky. */
function clearSky(canvas: Canvas, survey: Survey): void {
  const { data } = canvas;
  for (let index = 0, at = 0; at < data.length; index++, at += 4) {
    const sky = survey.sky[index] ?? 0;
    const luma = (data[at] ?? 0) * 0.3 + (data[at + 1] ?? 0) * 0.59 + (data[at + 2] ?? 0) * 0.11;
    for (let part = 0; part < 3; part++) {
      const was = data[at + part] ?? 0;
      const vivid = luma + (was - luma) * 1.22 + (was - 118) * 0.08;
      data[at + part] = vivid + sky * (part === 2 ? 10 : part === 0 ? -8 : 0);
    }
  }
}
