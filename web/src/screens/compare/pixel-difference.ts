/** What is drawn of a picture below the differences. */
const DIMMED = 0.3;
/** Small differences are seen, too: this many steps of 255 have the full colour, and more whiten it. */
const FULL_AT = 64;
/** Of what differs, and of what could not differ more: red, green, blue. */
const MARK = [255, 112, 64] as const;
const MOST = [255, 246, 220] as const;

/** How two pictures of the same size differ. */
export interface PixelDifference {
  /** RGBA: the first picture in dim grey, with what differs in a bright colour. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  /** Of the pixels, from 0 to 1. */
  readonly share: number;
  /** Over all pixels, in steps of 255 of the channel that differs most. */
  readonly mean: number;
  readonly greatest: number;
}

/**
 * Compares two pictures pixel by pixel.
 * @param a RGBA, opaque
 * @param b of the same length
 */
export function differenceOf(a: Uint8ClampedArray, b: Uint8ClampedArray): PixelDifference {
  if (a.length !== b.length) throw new RangeError('pictures of different sizes');
  const pixels = new Uint8ClampedArray(a.length);
  let [differing, sum, greatest] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 4) {
    const [red = 0, green = 0, blue = 0] = [a[at], a[at + 1], a[at + 2]];
    const step = Math.max(
      Math.abs(red - (b[at] ?? 0)),
      Math.abs(green - (b[at + 1] ?? 0)),
      Math.abs(blue - (b[at + 2] ?? 0)),
    );
    if (step > 0) differing += 1;
    sum += step;
    greatest = Math.max(greatest, step);
    const grey = DIMMED * (0.3 * red + 0.59 * green + 0.11 * blue);
    const heat = Math.min(1, step / FULL_AT);
    const white = Math.max(0, (step - FULL_AT) / (255 - FULL_AT));
    for (const [channel, mark] of MARK.entries()) {
      const colour = mark + ((MOST[channel] ?? mark) - mark) * white;
      pixels[at + channel] = grey + (colour - grey) * heat;
    }
    pixels[at + 3] = 255;
  }
  const count = Math.max(1, a.length / 4);
  return { pixels, share: differing / count, mean: sum / count, greatest };
}
