/** A JPEG has no checksums: what is told whole has to be decodable all the same, and what decoders don't mind must not be refused. */
import sharp, { type JpegOptions, type Sharp } from 'sharp';
import { expect, it } from 'vitest';
import { Dice, seedOf } from '../../test/support/fuzz/dice.js';
import { makeNoisePng } from '../../test/support/noise-png.js';
import { measureBuffer } from './measure.js';

const SEED = 5;
const SIDE = 32;

const noise = () => sharp(makeNoisePng(3 * SIDE * SIDE, SEED));
const kinds: readonly (readonly [string, number, (picture: Sharp) => Sharp, JpegOptions])[] = [
  ['baseline', 500, (picture) => picture, {}],
  ['progressive', 500, (picture) => picture, { mozjpeg: true }],
  ['grey', 500, (picture) => picture.greyscale(), {}],
  ['full colour', 500, (picture) => picture, { chromaSubsampling: '4:4:4' }],
  // Inks take long to turn into light.
  ['four-ink', 60, (picture) => picture.toColourspace('cmyk'), {}],
];

/** Changes, removes or doubles bytes before the first scan. */
function spoil(bytes: Buffer, dice: Dice): Buffer {
  const head = bytes.indexOf(Buffer.of(0xff, 0xda)) + 14;
  const at = dice.roll(head);
  const length = 1 + dice.roll(20);
  switch (dice.roll(4)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    default: {
      const changed = Buffer.from(bytes);
      for (let times = 1 + dice.roll(3); times > 0; times -= 1) changed[dice.roll(head)] = dice.roll(256);
      return changed;
    }
  }
}

async function canDecode(bytes: Buffer, failOn: 'error' | 'warning'): Promise<boolean> {
  return sharp(bytes, { failOn })
    .raw()
    .toBuffer()
    .then(
      () => true,
      () => false,
    );
}

it.each(kinds)(
  'a %s JPEG that is told whole can be decoded, and the other way round',
  async (name, count, change, options) => {
    const bytes = await change(noise()).jpeg(options).toBuffer();
    expect(measureBuffer(bytes)).toMatchObject({ complete: true, width: SIDE, height: SIDE });
    const wrong: string[] = [];
    let [whole, broken] = [0, 0];
    for (let index = 0; index < count; index += 1) {
      const spoiled = spoil(bytes, new Dice(seedOf(SEED, index)));
      const measured = measureBuffer(spoiled);
      if (measured?.complete === true) {
        whole += 1;
        if (!(await canDecode(spoiled, 'error'))) wrong.push(`${index} is told whole`);
      } else {
        broken += 1;
        if (measured !== undefined && (await canDecode(spoiled, 'warning')))
          wrong.push(`${index} is refused`);
      }
    }
    expect(wrong, name).toEqual([]);
    expect(Math.min(whole, broken)).toBeGreaterThan(count / 10);
  },
);
