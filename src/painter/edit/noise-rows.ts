import { tileSide } from '../noise-tiles.js';

const mask = tileSide - 1;

/**
 * Smooth noise for whole rows of pixels: as `sample` gives it for `x * scale + offset`, but the places across are worked
 * out once and the two rows of the tile are blended once per row.
 */
export class NoiseRows {
  readonly #tile: Float32Array;
  readonly #lefts: Uint16Array;
  readonly #shares: Float32Array;
  readonly #blend = new Float32Array(tileSide + 1);
  readonly #row: Float32Array;

  constructor(tile: Float32Array, width: number, scale: number, offset: number) {
    this.#tile = tile;
    this.#lefts = new Uint16Array(width);
    this.#shares = new Float32Array(width);
    this.#row = new Float32Array(width);
    for (let x = 0; x < width; x++) {
      const place = x * scale + offset;
      const left = Math.floor(place);
      this.#lefts[x] = left & mask;
      this.#shares[x] = place - left;
    }
  }

  /** The row of pixels that lies at `down` on the tile; the same array is filled anew by the next call. */
  row(down: number): Float32Array {
    const tile = this.#tile;
    const blend = this.#blend;
    const row = this.#row;
    const lefts = this.#lefts;
    const shares = this.#shares;
    const top = Math.floor(down);
    const share = down - top;
    const upper = (top & mask) * tileSide;
    const lower = ((top + 1) & mask) * tileSide;
    for (let x = 0; x < tileSide; x++) {
      const above = tile[upper + x] ?? 0;
      blend[x] = above + ((tile[lower + x] ?? 0) - above) * share;
    }
    blend[tileSide] = blend[0] ?? 0;
    for (let x = 0; x < row.length; x++) {
      const left = lefts[x] ?? 0;
      const value = blend[left] ?? 0;
      row[x] = value + ((blend[left + 1] ?? 0) - value) * (shares[x] ?? 0);
    }
    return row;
  }
}
