import { Random } from './random.js';

/** Side of a tile; a power of two, so that wrapping is a bit mask. */
export const tileSide = 512;
const mask = tileSide - 1;

/** A square of noise from 0 to 1 that repeats without a seam. */
type NoiseTile = Float32Array;

let cloudTile: NoiseTile | undefined;
let ridgeTile: NoiseTile | undefined;
let grainTile: NoiseTile | undefined;

/** Soft billows: summed octaves of smooth noise. */
export function clouds(): NoiseTile {
  cloudTile ??= buildFractal('clouds', 4, 7, (value) => value);
  return cloudTile;
}

/** Sharp crests, as eroded rock has them. */
export function ridges(): NoiseTile {
  ridgeTile ??= buildFractal('ridges', 4, 7, (value) => 1 - Math.abs(value * 2 - 1));
  return ridgeTile;
}

/** Independent per-pixel noise, roughly normal around one half. */
export function grain(): NoiseTile {
  if (grainTile === undefined) {
    const random = new Random('grain');
    grainTile = Float32Array.from({ length: tileSide * tileSide }, () => 0.5 + random.bell() * 0.16);
  }
  return grainTile;
}

/** Smoothly interpolated value; one tile spans 512 units. */
export function sample(tile: NoiseTile, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const fx = x - left;
  const fy = y - top;
  const x0 = left & mask;
  const x1 = (left + 1) & mask;
  const row0 = (top & mask) * tileSide;
  const row1 = ((top + 1) & mask) * tileSide;
  const upper = (tile[row0 + x0] ?? 0) * (1 - fx) + (tile[row0 + x1] ?? 0) * fx;
  const lower = (tile[row1 + x0] ?? 0) * (1 - fx) + (tile[row1 + x1] ?? 0) * fx;
  return upper * (1 - fy) + lower * fy;
}

/** The nearest value, for passes over every pixel. */
export function pointSample(tile: NoiseTile, x: number, y: number): number {
  return tile[((y | 0) & mask) * tileSide + ((x | 0) & mask)] ?? 0;
}

function buildFractal(
  name: string,
  firstCells: number,
  octaves: number,
  shape: (value: number) => number,
): NoiseTile {
  const tile = new Float32Array(tileSide * tileSide);
  let amplitude = 1;
  let total = 0;
  for (let octave = 0; octave < octaves; octave++) {
    addOctave(tile, new Random(`${name}/${octave}`), firstCells << octave, amplitude, shape);
    total += amplitude;
    amplitude *= 0.5;
  }
  let low = Infinity;
  let high = -Infinity;
  for (const value of tile) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const span = high - low || total;
  for (let index = 0; index < tile.length; index++) tile[index] = ((tile[index] ?? 0) - low) / span;
  return tile;
}

function addOctave(
  tile: NoiseTile,
  random: Random,
  cells: number,
  amplitude: number,
  shape: (value: number) => number,
): void {
  const lattice = Float32Array.from({ length: cells * cells }, () => random.next());
  const step = cells / tileSide;
  for (let y = 0; y < tileSide; y++) {
    const gy = y * step;
    const top = Math.floor(gy);
    const fy = ease(gy - top);
    const row0 = (top % cells) * cells;
    const row1 = ((top + 1) % cells) * cells;
    for (let x = 0; x < tileSide; x++) {
      const gx = x * step;
      const left = Math.floor(gx);
      const fx = ease(gx - left);
      const x0 = left % cells;
      const x1 = (left + 1) % cells;
      const upper = (lattice[row0 + x0] ?? 0) * (1 - fx) + (lattice[row0 + x1] ?? 0) * fx;
      const lower = (lattice[row1 + x0] ?? 0) * (1 - fx) + (lattice[row1 + x1] ?? 0) * fx;
      const at = y * tileSide + x;
      tile[at] = (tile[at] ?? 0) + amplitude * shape(upper * (1 - fy) + lower * fy);
    }
  }
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}
