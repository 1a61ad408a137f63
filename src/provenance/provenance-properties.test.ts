import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { measureBuffer } from '../pixels/measure.js';
import type { XmpFacts } from '../pixels/xmp.js';
import { withJpegCredentialsBuffer, withPngCredentialsBuffer } from '../providers/shared/emulator-picture.js';
import { markLosslessly } from './mark-losslessly.js';
import { readProvenance } from './read-provenance.js';

const FRESH_SEED = Math.trunc(Math.random() * 2 ** 31);
console.log(`provenance: fresh seed ${FRESH_SEED}`);

const facts: XmpFacts = {
  digitalSourceType: 'trainedAlgorithmicMedia',
  creatorTool: 'Atelier',
  model: 'gpt-image-2',
  recipeHash: 'ab'.repeat(32),
};

function draw(width: number, height: number, alpha: boolean): Sharp {
  const channels = alpha ? 4 : 3;
  const pixels = Buffer.alloc(width * height * channels);
  for (let at = 0, state = 12_345; at < pixels.length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    pixels[at] = state >>> 24;
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

const FOREIGN =
  '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">' +
  '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="uuid:1&amp;2" ' +
  'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/x"><dc:rights><r:Alt>' +
  '<r:li xml:lang="x-default">Someone</r:li></r:Alt></dc:rights></r:Description></r:RDF></x:xmpmeta>' +
  '<?xpacket end="w"?>';

const samples: Buffer[] = [];
const signed: Buffer[] = [];

beforeAll(async () => {
  for (const format of ['png', 'jpeg', 'webp', 'avif'] as const)
    for (const alpha of [false, true]) {
      const picture = draw(23, 31, alpha).toFormat(format, format === 'avif' ? { effort: 0 } : {});
      samples.push(await picture.clone().toBuffer());
      samples.push(
        await picture
          .withExif({ IFD0: { Copyright: 'Someone' } })
          .withXmp(FOREIGN)
          .toBuffer(),
      );
    }
  const [png, , , , jpeg] = samples;
  if (png === undefined || jpeg === undefined) throw new Error('no samples');
  signed.push(withPngCredentialsBuffer(png), withJpegCredentialsBuffer(jpeg));
});

function marked(bytes: Uint8Array, given = facts): Buffer {
  const result = markLosslessly(bytes, given);
  if (result === undefined) throw new Error('not marked');
  return Buffer.from(result);
}

describe.each([
  ['the fixed seed', 7],
  ['a fresh seed', FRESH_SEED],
] as const)('with %s', (_, seed) => {
  it('gives any facts back', () => {
    const line = fc.string({ unit: 'binary', maxLength: 60 });
    const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
    const anyFacts = fc.record({
      digitalSourceType: fc.constantFrom(
        'trainedAlgorithmicMedia' as const,
        'compositeWithTrainedAlgorithmicMedia' as const,
        'algorithmicMedia' as const,
      ),
      creatorTool: line,
      model: line,
      recipeHash: fc.option(sha256, { nil: undefined }),
      derivedFrom: fc.option(fc.record({ sha256 }), { nil: undefined }),
    });
    // What XML can't hold; pieces of surrogate pairs don't come out of this generator.
    const isWritable = (code: number) =>
      code === 9 || code === 10 || code === 13 || (code >= 32 && code !== 0xfffe && code !== 0xffff);
    const writable = (text: string) =>
      Array.from(text, (char) => (isWritable(char.codePointAt(0) ?? 0) ? char : '\ufffd')).join('');
    fc.assert(
      fc.property(fc.nat(), anyFacts, (index, given) => {
        const bytes = samples[index % samples.length] ?? Buffer.alloc(0);
        const result = marked(bytes, given);
        expect(readProvenance(result).xmp).toMatchObject({
          digitalSourceType: given.digitalSourceType,
          creatorTool: writable(given.creatorTool),
          model: writable(given.model),
          recipeHash: given.recipeHash,
          derivedFromSha256: given.derivedFrom?.sha256,
        });
        expect(markLosslessly(result, given)).toBe(result);
      }),
      { seed, numRuns: 100 },
    );
  });

  it('survives any damage: 10,000 pictures, never an error, never a picture made worse', () => {
    const random = lcg(seed);
    let slowestMs = 0;
    let untouched = 0;
    for (let run = 0; run < 10_000; run += 1) {
      const damaged = damage(pick(run, random), random);
      const before = Buffer.from(damaged);
      const started = performance.now();
      readProvenance(damaged);
      // Marking reads all that reading does, and more than once: half of the runs are enough.
      const isTried = run % 2 === 0;
      const result = isTried ? markLosslessly(damaged, facts) : undefined;
      slowestMs = Math.max(slowestMs, performance.now() - started);
      if (!damaged.equals(before)) throw new Error('the input was changed');
      if (result === undefined) untouched += Number(isTried);
      else if (!isDeepStrictEqual(measureBuffer(result), measureBuffer(damaged)))
        throw new Error(`run ${run} changed the picture`);
    }
    expect(untouched).toBeGreaterThan(500);
    expect(untouched).toBeLessThan(4500);
    expect(slowestMs).toBeLessThan(2000);
  });
});

/** Plain, marked and signed pictures in turn. */
function pick(run: number, random: (below: number) => number): Buffer {
  const pool = run % 5 === 0 ? signed : samples;
  const bytes = pool[random(pool.length)] ?? Buffer.alloc(0);
  return run % 5 === 1 ? marked(bytes) : bytes;
}

function lcg(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Other bytes near the head, anywhere, or whole fields set to their extremes; pieces doubled or cut out. */
function damage(bytes: Buffer, random: (below: number) => number): Buffer {
  const damaged = Buffer.from(bytes);
  const reach = random(2) === 0 ? Math.min(damaged.length, 600) : damaged.length;
  for (let change = random(5); change >= 0; change -= 1) {
    const at = random(reach);
    if (random(3) > 0) damaged[at] = random(256);
    else damaged.fill(random(2) * 0xff, at, Math.min(at + 4, reach));
  }
  const [from, to] = [random(damaged.length), random(damaged.length)];
  const kind = random(8);
  if (kind === 0) return damaged.subarray(0, from);
  if (kind === 1) return Buffer.concat([damaged.subarray(0, from), damaged.subarray(to)]);
  return damaged;
}
