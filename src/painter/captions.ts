import type { Canvas } from './canvas.js';
import { css, luminance, mix, rgb, type Rgb } from './colour.js';
import { fitText, letterLines, lineWidth } from './lettering.js';
import { line, rect } from './scene/sketch.js';
import type { Stage } from './scene/stage.js';

/** Letters the quoted texts: as a poster's title, a glowing sign or a painted board, whichever suits the picture. */
export function letterTexts(stage: Stage, canvas: Canvas): void {
  const { understood, composition } = stage;
  const { lettering } = understood;
  if (lettering.length === 0) return;
  const graphic =
    understood.poster ||
    composition.kind === 'abstract' ||
    composition.kind === 'space' ||
    composition.kind === 'emblem' ||
    composition.kind === 'studio' ||
    understood.style === 'flat';
  if (graphic) posterTitle(stage, canvas, lettering);
  else if (understood.mood === 'neon') neonSign(canvas, lettering);
  else board(stage, canvas, lettering);
}

function posterTitle(stage: Stage, canvas: Canvas, texts: readonly string[]): void {
  const { width, height, unit } = canvas;
  const [title = '', ...rest] = texts;
  const inset =
    stage.understood.style === 'woodblock' || stage.understood.style === 'watercolour' ? 60 * unit : 0;
  const high = Math.min(height * 0.2, 250 * unit);
  const ground = averageColour(canvas, 0, height - high, width, height);
  const light = luminance(ground) < 0.55;
  const ink: Rgb = light ? [255, 250, 238] : [24, 26, 36];
  const fitted = fitText(title, (width - inset * 2) * 0.84, high * 0.56, 60);
  const veil: Rgb = mix(ground, light ? [8, 10, 22] : [255, 252, 244], 0.6);
  const shade = `<defs><linearGradient id="title" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${css(veil)}" stop-opacity="0"/><stop offset=".45" stop-color="${css(veil)}" stop-opacity=".82"/><stop offset="1" stop-color="${css(veil)}" stop-opacity=".95"/></linearGradient></defs>${rect(inset, height - inset - high * 1.25, width - inset * 2, high * 1.25, 'url(#title)')}`;
  const under = rest.join('  ·  ');
  const small = fitText(under, (width - inset * 2) * 0.7, high * 0.14, 90);
  canvas.svg(
    shade +
      letterLines(fitted, width / 2, height - inset - high * (under === '' ? 0.46 : 0.56), 'middle', {
        fill: css(ink),
        weight: 850,
        spacing: 60,
      }) +
      (under === ''
        ? ''
        : letterLines(
            { ...small, size: Math.min(small.size, fitted.size * 0.4) },
            width / 2,
            height - inset - high * 0.16,
            'middle',
            { fill: css(ink), weight: 500, spacing: 90 },
          )),
  );
}

function neonSign(canvas: Canvas, texts: readonly string[]): void {
  const { width, height, unit } = canvas;
  const fitted = fitText(texts.join(' '), width * 0.62, height * 0.13, 50);
  const y = height * 0.24;
  const colour: Rgb = [255, 70, 150];
  const half = (Math.max(...fitted.lines.map((text) => lineWidth(text, 50))) * fitted.size) / 2 + 40 * unit;
  const tall = fitted.size * (fitted.lines.length * 1.25) + 50 * unit;
  canvas.svg(
    rect(width / 2 - half, y - tall / 2, half * 2, tall, '#0b0a16', `fill-opacity=".72" rx="${24 * unit}"`) +
      `<rect x="${width / 2 - half}" y="${y - tall / 2}" width="${half * 2}" height="${tall}" rx="${24 * unit}" fill="none" stroke="#35e4ff" stroke-width="${5 * unit}"/>`,
  );
  canvas.svg(
    letterLines(fitted, width / 2, y, 'middle', { fill: css(colour), weight: 800, spacing: 50 }) +
      letterLines(fitted, width / 2, y, 'middle', { fill: '#fff0f7', weight: 430, spacing: 50 }),
  );
  canvas.glow(width / 2, y, half * 1.7, colour, 0.42);
}

/** A wooden board on two posts in the near ground. */
function board(stage: Stage, canvas: Canvas, texts: readonly string[]): void {
  const { width, height, unit } = canvas;
  const { light, composition } = stage;
  const wide = Math.min(width * 0.62, 460 * unit);
  const tall = Math.min(height * 0.16, 190 * unit);
  const x = width * (0.5 - composition.side * 0.04);
  const y = height * 0.845;
  const fitted = fitText(texts.join(' '), wide * 0.84, tall * 0.62, 20);
  const wood = (shade: number): string => css(light.tone(rgb('#a87a4a'), shade));
  const planks = [0, 1, 2].map(
    (row) =>
      rect(
        x - wide / 2,
        y - tall / 2 + (row * tall) / 3,
        wide,
        tall / 3 - 1.5 * unit,
        wood(0.45 - row * 0.2),
        `rx="${4 * unit}"`,
      ) +
      line(
        `M${x - wide * 0.46} ${y - tall / 2 + ((row + 0.4) * tall) / 3}q${wide * 0.2} ${7 * unit} ${wide * 0.42} 0t${wide * 0.44} ${3 * unit}`,
        wood(-0.5),
        1.2 * unit,
        'stroke-opacity=".5"',
      ),
  );
  const posts = [-0.38, 0.38]
    .map((at) =>
      rect(
        x + wide * at - 11 * unit,
        y - tall * 0.62,
        22 * unit,
        height - y + tall,
        wood(-0.3),
        `rx="${5 * unit}"`,
      ),
    )
    .join('');
  canvas.svg(
    posts +
      planks.join('') +
      letterLines(fitted, x, y, 'middle', {
        fill: light.dark ? '#f6e6c4' : '#2c1a0e',
        weight: 760,
        spacing: 20,
      }),
  );
}

/** The emulated model's name in the lower right corner: legible, not loud. */
export function letterLabel(canvas: Canvas, label: string): void {
  const { width, height } = canvas;
  const size = Math.max(9, Math.min(width, height) * 0.019);
  const fitted = fitText(label.slice(0, 80), width - size * 3, size, 20);
  const letters = Math.min(size, fitted.size);
  const text = fitted.lines.join(' ');
  const one = { lines: [text], size: letters };
  const wide = lineWidth(text, 20) * letters;
  const pad = letters * 0.62;
  const x = width - letters * 0.9 - pad;
  const y = height - letters * 1.5;
  canvas.svg(
    rect(
      x - wide - pad,
      y - letters * 0.82,
      wide + pad * 2,
      letters * 1.64,
      '#0c0e14',
      `fill-opacity=".42" rx="${letters * 0.5}"`,
    ) + letterLines(one, x, y, 'end', { fill: '#ffffff', weight: 480, spacing: 20 }),
  );
}

function averageColour(canvas: Canvas, left: number, top: number, right: number, bottom: number): Rgb {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let row = 0; row < 8; row++) {
    for (let column = 0; column < 16; column++) {
      const colour = canvas.colourAt(
        left + ((column + 0.5) / 16) * (right - left),
        top + ((row + 0.5) / 8) * (bottom - top),
      );
      red += colour[0];
      green += colour[1];
      blue += colour[2];
    }
  }
  return [red / 128, green / 128, blue / 128];
}
