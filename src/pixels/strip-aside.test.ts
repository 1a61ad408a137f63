import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { stripAside } from './strip-aside.js';
import { stripMetadata } from './strip-metadata.js';

const EDGE = 1600;
const TYPES = { png: 'image/png', jpeg: 'image/jpeg', webp: 'image/webp' } as const;

/** Pictures of some megabytes, with metadata and without. */
const pictures: Record<string, Buffer> = {};

beforeAll(async () => {
  const raw = randomBytes(EDGE * EDGE * 3);
  const noise = sharp(raw, { raw: { width: EDGE, height: EDGE, channels: 3 } });
  for (const format of ['png', 'jpeg', 'webp'] as const) {
    const options = { quality: 100, effort: 0, ...(format === 'png' ? { compressionLevel: 0 } : {}) };
    const encoder = format === 'png' ? { compressionLevel: 0 } : options;
    pictures[format] = await noise.clone().toFormat(format, encoder).toBuffer();
    pictures[`${format} with EXIF`] = await noise
      .clone()
      .withExif({ IFD0: { Artist: 'somebody' } })
      .toFormat(format, encoder)
      .toBuffer();
  }
});

describe.each(['png', 'jpeg', 'webp'] as const)('a large %s', (format) => {
  it.each(['', ' with EXIF'])('%s comes out as it would here', async (metadata) => {
    const bytes = pictures[`${format}${metadata}`] ?? Buffer.alloc(0);
    expect(bytes.length).toBeGreaterThan(2 * 1024 * 1024);
    const before = Buffer.from(bytes);
    const [here, aside] = [stripMetadata(bytes, TYPES[format]), await stripAside(bytes, TYPES[format])];
    expect([...(aside?.removed ?? [])]).toEqual([...(here?.removed ?? [])]);
    expect(aside?.removed.size).toBe(metadata === '' ? 0 : 1);
    expect(aside?.bytes.equals(here?.bytes ?? Buffer.alloc(0))).toBe(true);
    // What was given is still the caller's.
    expect(bytes.equals(before)).toBe(true);
  });
});

it.each([
  ['a large JPEG', 'jpeg with EXIF', false],
  ['a PNG', 'png with EXIF', true],
] as const)('%s is done with before the event loop turns: %s, %s', async (_what, name, here) => {
  let isDone = false;
  const stripping = stripAside(pictures[name] ?? Buffer.alloc(0), TYPES[here ? 'png' : 'jpeg']).then(() => {
    isDone = true;
  });
  // Promises go on without a turn of the event loop; what another thread says needs one.
  for (let step = 0; step < 20; step += 1) await Promise.resolve();
  expect(isDone).toBe(here);
  await stripping;
});

it('says of odd bytes what it would say here', async () => {
  const odd = Buffer.concat([pictures['jpeg']?.subarray(0, 2 * 1024 * 1024) ?? Buffer.alloc(0)]);
  expect(await stripAside(odd, 'image/jpeg')).toEqual(stripMetadata(odd, 'image/jpeg'));
});
