import { css, mix, rgb } from '../colour.js';
import type { Random } from '../random.js';
import { rect } from './sketch.js';
import type { Stage } from './stage.js';

/** A skyline in three depths, its windows lit after dark. */
export function paintSkyline(stage: Stage, random: Random): void {
  const { canvas, light, horizon, composition } = stage;
  const { width, unit } = canvas;
  const foot = horizon + 26 * unit;
  let markup = '';
  for (let row = 0; row < 3; row++) {
    const depth = Math.min(0.85, (0.66 - row * 0.24) * light.fog);
    const tallest = [330, 270, 190][row] ?? 200;
    for (let x = -30 * unit; x < width;) {
      const wide = random.range(34, 84) * unit * (1 + row * 0.2);
      const centre = Math.exp(-(((x / width - composition.peak) * 2.6) ** 2));
      const tall = (70 + tallest * centre * random.range(0.55, 1.25) + random.range(0, 60)) * unit;
      const own = random.fork(`${row}/${Math.round(x / unit)}`);
      markup += block({ x, y: foot, wide, tall, depth, row }, stage, own);
      x += wide * random.range(0.82, 1.12);
    }
  }
  canvas.svg(markup);
  if (light.lampsLit)
    canvas.glow(width * composition.peak, horizon, 560 * unit, [255, 180, 110], light.dark ? 0.3 : 0.14);
}

interface Block {
  readonly x: number;
  readonly y: number;
  readonly wide: number;
  readonly tall: number;
  readonly depth: number;
  readonly row: number;
}

function block(at: Block, stage: Stage, random: Random): string {
  const { light, canvas } = stage;
  const { unit } = canvas;
  const base = rgb(random.pick(['#77838f', '#8d8883', '#66727f', '#9a9189', '#5a6675']));
  const lit = stage.sunX < at.x ? 0.6 : -0.4;
  const top = at.y - at.tall;
  let markup =
    rect(at.x, top, at.wide, at.tall, css(light.tone(base, lit, at.depth))) +
    rect(at.x + at.wide * 0.58, top, at.wide * 0.42, at.tall, css(light.tone(base, -lit - 0.2, at.depth)));
  const crown = random.int(0, 4);
  if (crown === 0)
    markup += rect(
      at.x + at.wide * 0.46,
      top - at.tall * 0.2,
      2.4 * unit,
      at.tall * 0.2,
      css(light.tone(base, -0.3, at.depth)),
    );
  if (crown === 1)
    markup += rect(
      at.x + at.wide * 0.2,
      top - 14 * unit,
      at.wide * 0.6,
      14 * unit,
      css(light.tone(base, -0.1, at.depth)),
    );
  if (crown === 2)
    markup += `<path d="M${at.x} ${top}L${at.x + at.wide / 2} ${top - at.wide * 0.7}L${at.x + at.wide} ${top}Z" fill="${css(light.tone(base, 0.1, at.depth))}"/>`;
  const stepX = 10 * unit * (1 + at.row * 0.3);
  const stepY = 14 * unit * (1 + at.row * 0.25);
  const dim = css(light.tone(mix(base, rgb('#20303f'), 0.5), -0.2, at.depth));
  for (let y = top + stepY * 0.6; y < at.y - stepY; y += stepY) {
    for (let x = at.x + stepX * 0.5; x < at.x + at.wide - stepX * 0.7; x += stepX) {
      const on = light.lampsLit && random.chance(light.dark ? 0.5 : 0.3);
      if (!on && (at.row === 0 || random.chance(0.4))) continue;
      const glow = css(mix(rgb(random.chance(0.75) ? '#ffd98c' : '#cfe6ff'), light.haze, at.depth * 0.7));
      markup += rect(x, y, stepX * 0.5, stepY * 0.5, on ? glow : dim);
    }
  }
  return markup;
}
