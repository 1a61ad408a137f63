import { css, mix, rgb, type Rgb } from '../colour.js';
import type { Light } from '../light.js';
import type { Random } from '../random.js';

export type Stops = readonly (readonly [offset: number, colour: string])[];

/**
 * What a vector drawing is made with. Drawings use their own coordinates: the foot at (0, 0), x to the right, y down,
 * so that everything stands at negative y, a hundred units tall unless they say otherwise.
 */
export class Sketch {
  readonly light: Light;
  readonly random: Random;
  /** The colour the prompt gives this thing, if any. */
  readonly colour: Rgb | undefined;
  readonly depth: number;
  readonly #prefix: string;
  #serial = 0;
  #defs = '';

  constructor(light: Light, random: Random, prefix: string, colour: string | undefined, depth: number) {
    this.light = light;
    this.random = random;
    this.colour = colour === undefined ? undefined : rgb(colour);
    this.depth = depth;
    this.#prefix = prefix.replace(/[^a-z0-9]/giu, '');
  }

  /** A base colour as it looks in this light. */
  tone(base: string | Rgb, shade = 0): string {
    return css(this.light.tone(typeof base === 'string' ? rgb(base) : base, shade, this.depth));
  }

  /** The prompt's colour, or the given one, lighter or darker by `shade`. */
  own(fallback: string, shade = 0): string {
    return this.tone(this.colour ?? rgb(fallback), shade);
  }

  /** A colour that gives its own light and is only veiled by distance. */
  lit(colour: string): string {
    return css(mix(rgb(colour), this.light.haze, this.depth * 0.6));
  }

  linear(x1: number, y1: number, x2: number, y2: number, stops: Stops): string {
    const steps = this.light.flat ? hardSteps(stops) : stops;
    const id = this.#nextId();
    this.#defs += `<linearGradient id="${id}" gradientUnits="userSpaceOnUse" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}">${stopList(steps)}</linearGradient>`;
    return `url(#${id})`;
  }

  radial(x: number, y: number, radius: number, stops: Stops): string {
    const steps = this.light.flat ? hardSteps(stops) : stops;
    const id = this.#nextId();
    this.#defs += `<radialGradient id="${id}" gradientUnits="userSpaceOnUse" cx="${x}" cy="${y}" r="${radius}">${stopList(steps)}</radialGradient>`;
    return `url(#${id})`;
  }

  clip(shape: string): string {
    const id = this.#nextId();
    this.#defs += `<clipPath id="${id}">${shape}</clipPath>`;
    return `clip-path="url(#${id})"`;
  }

  /** Left-to-right shading of an upright body, light from the left. */
  round(base: string | Rgb, left: number, right: number): string {
    return this.linear(left, 0, right, 0, [
      [0, this.tone(base, 0.35)],
      [0.28, this.tone(base, 0.9)],
      [0.62, this.tone(base, -0.1)],
      [1, this.tone(base, -0.85)],
    ]);
  }

  /** The finished drawing moved to a place; call once, last. */
  place(markup: string, x: number, y: number, scaleBy: number, flip: boolean): string {
    const defs = this.#defs === '' ? '' : `<defs>${this.#defs}</defs>`;
    const sx = flip ? -scaleBy : scaleBy;
    return `${defs}<g transform="translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${sx.toFixed(4)} ${scaleBy.toFixed(4)})">${markup}</g>`;
  }

  #nextId(): string {
    this.#serial += 1;
    return `${this.#prefix}${this.#serial}`;
  }
}

/** Each colour fills its share up to the middle between its neighbours. */
function hardSteps(stops: Stops): Stops {
  return stops.flatMap(([offset, colour], index) => {
    const before = stops[index - 1]?.[0] ?? -offset;
    const after = stops[index + 1]?.[0] ?? 2 - offset;
    return [[(before + offset) / 2, colour] as const, [(offset + after) / 2, colour] as const];
  });
}

function stopList(stops: Stops): string {
  return stops
    .map(
      ([offset, colour]) =>
        `<stop offset="${offset}" stop-color="${colour.slice(0, 7)}"${colour.length > 7 ? ` stop-opacity="${Number.parseInt(colour.slice(7), 16) / 255}"` : ''}/>`,
    )
    .join('');
}

export function path(d: string, fill: string, more = ''): string {
  return `<path d="${d}" fill="${fill}" ${more}/>`;
}

export function line(d: string, stroke: string, width: number, more = ''): string {
  return `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round" ${more}/>`;
}

export function rect(x: number, y: number, width: number, height: number, fill: string, more = ''): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" ${more}/>`;
}

export function ellipse(x: number, y: number, rx: number, ry: number, fill: string, more = ''): string {
  return `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}" ${more}/>`;
}
