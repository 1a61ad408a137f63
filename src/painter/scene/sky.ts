import type { Canvas } from '../canvas.js';
import { mix, rgb, scale, type Rgb } from '../colour.js';
import type { Light } from '../light.js';
import { clouds, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import type { Understood } from '../understood.js';

interface SkyPlan {
  /** Row of the horizon, in pixels. */
  readonly horizon: number;
  /** Column of the sun or moon, in pixels. */
  readonly sunX: number;
}

interface CloudCover {
  readonly cover: number;
  readonly light: Rgb;
  readonly shade: Rgb;
}

export function paintSky(
  canvas: Canvas,
  light: Light,
  understood: Understood,
  plan: SkyPlan,
  random: Random,
): void {
  const { horizon, sunX } = plan;
  const sunY = horizon * (1 - light.altitude * 0.86);
  fillGradient(canvas, light, plan, sunY);
  const weather = understood.weather;
  const overcast = weather.includes('storm') || weather.includes('rain') || weather.includes('snow');
  if (light.dark && !overcast && !weather.includes('fog')) paintStars(canvas, horizon, random.fork('stars'));
  if (understood.sky.includes('aurora')) paintAurora(canvas, horizon, random.fork('aurora'));
  const noDisc = overcast || weather.includes('fog') || understood.avoid.includes('sun');
  if (light.dark && !weather.includes('storm') && !understood.avoid.includes('moon'))
    paintMoon(canvas, sunX, sunY, /crescent/u.test(understood.avoid.join()) ? 1 : 0.9);
  else if (!light.dark && !noDisc) paintSun(canvas, light, sunX, sunY);
  if (!weather.includes('clear') && !understood.avoid.includes('cloudy')) {
    paintClouds(canvas, plan, sunY, coverFor(light, understood), random.fork('clouds'));
  }
  if (understood.sky.includes('rainbow')) paintRainbow(canvas, plan);
  if (weather.includes('storm')) paintLightning(canvas, horizon, random.fork('lightning'));
}

function fillGradient(canvas: Canvas, light: Light, plan: SkyPlan, sunY: number): void {
  const { width, height, data } = canvas;
  const reach = Math.max(width, height) * 0.75;
  const warm = mix(light.skyLow, [255, 244, 220], 0.45);
  const strength = light.dark ? 0.12 : light.altitude < 0.3 ? 0.6 : 0.35;
  for (let y = 0; y < height; y++) {
    const t = Math.min(1, y / Math.max(1, plan.horizon));
    const base =
      t < 0.6
        ? mix(light.skyTop, light.skyMiddle, t / 0.6)
        : mix(light.skyMiddle, light.skyLow, (t - 0.6) / 0.4);
    let at = y * width * 4;
    const dy = (y - sunY) * 1.35;
    for (let x = 0; x < width; x++, at += 4) {
      const away = Math.min(1, Math.sqrt((x - plan.sunX) ** 2 + dy * dy) / reach);
      const near = (1 - away) * (1 - away) * strength;
      data[at] = base[0] + (warm[0] - base[0]) * near;
      data[at + 1] = base[1] + (warm[1] - base[1]) * near;
      data[at + 2] = base[2] + (warm[2] - base[2]) * near;
      data[at + 3] = 255;
    }
  }
}

function paintStars(canvas: Canvas, horizon: number, random: Random): void {
  const count = Math.round((canvas.width * horizon) / 2600);
  for (let index = 0; index < count; index++) {
    const x = random.next() * canvas.width;
    const y = random.next() ** 1.3 * horizon;
    const bright = random.next() ** 4;
    const colour = mix([255, 240, 220], [200, 220, 255], random.next());
    const fade = 1 - (y / horizon) * 0.7;
    canvas.dab(
      x,
      y,
      0.5 + bright * 1.3 * canvas.unit,
      0.5 + bright * 1.3 * canvas.unit,
      0,
      colour,
      (0.35 + bright * 0.65) * fade,
    );
    if (bright > 0.55) canvas.glow(x, y, 9 * canvas.unit, colour, 0.5 * fade);
  }
}

function paintMoon(canvas: Canvas, x: number, y: number, phase: number): void {
  const radius = 46 * canvas.unit;
  canvas.glow(x, y, radius * 7, [150, 175, 235], 0.42);
  canvas.glow(x, y, radius * 2.2, [205, 215, 245], 0.5);
  canvas.dab(x, y, radius, radius, 0, [243, 240, 225], 1);
  const tile = clouds();
  for (let py = -radius; py < radius; py++) {
    for (let px = -radius; px < radius; px++) {
      if (px * px + py * py > radius * radius * 0.96) continue;
      const sea = sample(tile, (px / radius) * 70 + 300, (py / radius) * 70 + 90);
      if (sea > 0.5)
        canvas.blend(
          Math.round(x + px),
          Math.round(y + py),
          [183, 184, 188],
          Math.min(0.55, (sea - 0.5) * 4) * phase,
        );
    }
  }
}

function paintSun(canvas: Canvas, light: Light, x: number, y: number): void {
  const low = light.altitude < 0.3;
  const radius = (low ? 44 : 34) * canvas.unit;
  const colour = low ? mix(light.key, [255, 236, 190], 0.55) : rgb('#fffbe8');
  canvas.glow(x, y, radius * 12, mix(light.skyLow, colour, 0.5), low ? 0.5 : 0.32);
  canvas.glow(x, y, radius * 4, colour, 0.75);
  canvas.dab(x, y, radius, radius, 0, low ? mix(colour, [255, 250, 225], 0.6) : colour, 1);
}

function coverFor(light: Light, understood: Understood): CloudCover {
  const { weather } = understood;
  if (weather.includes('storm')) {
    const shade = light.dark ? rgb('#151c2c') : rgb('#2c333d');
    return { cover: 0.86, light: light.dark ? rgb('#5a6885') : rgb('#8b939c'), shade };
  }
  const grey = weather.includes('rain') || weather.includes('snow') || weather.includes('cloudy');
  const lit = mix(
    mix([255, 255, 255], light.key, light.altitude < 0.3 ? 0.75 : 0.15),
    light.skyLow,
    light.dark ? 0.9 : 0.2,
  );
  const shade = mix(light.skyMiddle, light.dark ? scale(light.skyTop, 1.4) : light.skyTop, 0.45);
  return {
    cover: grey ? 0.66 : 0.42,
    light: light.dark ? mix(light.skyLow, light.skyMiddle, 0.4) : lit,
    shade,
  };
}

/** Clouds thin out and flatten towards the horizon, and are lit from the side of the sun. */
function paintClouds(canvas: Canvas, plan: SkyPlan, sunY: number, cover: CloudCover, random: Random): void {
  const { width } = canvas;
  const tile = clouds();
  const offsetX = random.range(0, 512);
  const offsetY = random.range(0, 512);
  const bottom = Math.min(canvas.height, Math.ceil(plan.horizon));
  const span = 0.2 / canvas.unit;
  const threshold = 0.78 - cover.cover * 0.5;
  const reach = 240 * canvas.unit;
  for (let y = 0; y < bottom; y++) {
    const depth = 1.12 - y / plan.horizon;
    const perspective = 0.34 / (depth * 0.75 + 0.08);
    const rowY = offsetY + perspective * 190;
    const fade = Math.min(1, depth * 5);
    for (let x = 0; x < width; x++) {
      const u = offsetX + (x - width / 2) * span * (0.45 + perspective * 0.5);
      const density = sample(tile, u, rowY) - threshold;
      if (density <= 0) continue;
      const towardsX = Math.min(1, Math.max(-1, (plan.sunX - x) / reach)) * 7;
      const thick =
        sample(tile, u + towardsX, rowY + Math.min(1, Math.max(-1, (y - sunY) / reach)) * 6) - threshold;
      const alpha = Math.min(1, density * 5.2) * fade;
      const lit = Math.min(1, Math.max(0, 0.72 - thick * 2.6 + density * 0.7));
      canvas.blend(x, y, mix(cover.shade, cover.light, lit), alpha * 0.92);
    }
  }
}

function paintAurora(canvas: Canvas, horizon: number, random: Random): void {
  const tile = clouds();
  for (let band = 0; band < 3; band++) {
    const base = horizon * random.range(0.5, 0.82);
    const phase = random.range(0, 400);
    const colour: Rgb = band === 1 ? [150, 90, 230] : [70, 240, 160];
    for (let x = 0; x < canvas.width; x++) {
      const along = (x / canvas.width) * 120;
      const foot = base + (sample(tile, along + phase, band * 90) - 0.5) * horizon * 0.7;
      const tall = horizon * (0.25 + 0.35 * sample(tile, along * 3 + phase, 200));
      const bright = 0.25 + 0.75 * sample(tile, along * 14 + phase, 320);
      for (let y = Math.max(0, Math.floor(foot - tall)); y < foot && y < horizon; y++) {
        const t = (foot - y) / tall;
        canvas.blend(
          x,
          y,
          mix(colour, [90, 110, 240], t),
          Math.max(0, 1 - t) ** 1.6 * Math.min(1, t * 9) * bright * 0.62,
        );
      }
    }
  }
}

function paintRainbow(canvas: Canvas, plan: SkyPlan): void {
  const centreX = canvas.width - plan.sunX;
  const colours = ['#7a4fc0', '#3f6fe0', '#3fb0e0', '#4fc46a', '#f0d84a', '#f09a3a', '#e0483a'];
  const rings = colours.map((colour, index) => {
    const radius = plan.horizon * 0.72 + index * 8 * canvas.unit;
    return `<circle cx="${centreX}" cy="${plan.horizon}" r="${radius}" fill="none" stroke="${colour}" stroke-width="${9 * canvas.unit}" stroke-opacity=".36"/>`;
  });
  canvas.svg(rings.join(''));
}

function paintLightning(canvas: Canvas, horizon: number, random: Random): void {
  let x = random.range(0.15, 0.85) * canvas.width;
  let path = `M${x} 0`;
  canvas.glow(x, horizon * 0.4, horizon * 0.9, [150, 165, 220], 0.4);
  for (let y = 0; y < horizon * 0.96;) {
    y += horizon * random.range(0.05, 0.12);
    x += random.range(-0.09, 0.09) * horizon;
    path += `L${x.toFixed(1)} ${Math.min(y, horizon * 0.97).toFixed(1)}`;
    if (random.chance(0.3))
      path += `m0 0l${random.range(-60, 60) * canvas.unit} ${70 * canvas.unit}M${x.toFixed(1)} ${y.toFixed(1)}`;
  }
  const stroke = (width: number, opacity: number): string =>
    `<path d="${path}" fill="none" stroke="#dfe6ff" stroke-linejoin="round" stroke-width="${width * canvas.unit}" stroke-opacity="${opacity}"/>`;
  canvas.svg(stroke(12, 0.12) + stroke(6, 0.25) + stroke(2.4, 0.95));
}
