/**
 * Edits sample pictures with the built-in painter, to be looked at: `tsx scripts/edit-samples.ts <out-folder>`. The
 * documentation's pictures are written by `tsx scripts/edit-samples.ts --documentation docs/images`, the sources that the
 * edit tests start from by `tsx scripts/edit-samples.ts --sources src/painter/edit/fixtures`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { Painter } from '../src/painter/painter.js';

const [folder, ...further] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const task = process.argv.find((word) => word.startsWith('--'));
if (folder === undefined || further.length > 0)
  throw new Error('Usage: tsx scripts/edit-samples.ts [--documentation | --sources] <out-folder>');
mkdirSync(folder, { recursive: true });

const SEED = 7;
const EDGE = 1024;
const TILE = 420;
const BASES = [
  'a stone bridge over a pond, a paper lantern, summer evening',
  'a stone cottage in a meadow by a forest, mountains, summer day',
  'portrait of a fox',
] as const;
const FIRST = 'Make it winter at dawn. Keep the bridge, the lantern and the pond.';
const FURTHER: readonly (readonly [base: number, instruction: string])[] = [
  [0, 'make it autumn on a foggy morning'],
  [0, 'turn it into a rainy night'],
  [0, 'golden hour, add a boat'],
  [0, 'turn this into a watercolour'],
  [1, 'make it winter, snowing'],
  [1, 'autumn at sunset'],
  [1, 'turn day into night'],
  [1, 'spring morning, oil painting'],
  [2, 'make it night'],
  [2, 'make the fox blue'],
  [2, 'cinematic, teal and orange'],
  [0, 'ukiyo-e woodblock print of a storm'],
];

const SOURCE_EDGE = 192;
const SOURCES = [
  ['meadow', 'a stone cottage in a meadow by a forest, summer day'],
  ['lighthouse', 'a lighthouse by the sea'],
  ['bridge', 'a stone bridge over a pond, night'],
  ['dunes', 'red desert dunes at sunset'],
  ['fox', 'portrait of a fox'],
] as const;

const painter = new Painter({ threads: 1 });

async function paint(prompt: string, edge: number = EDGE): Promise<Uint8Array> {
  const { bytes } = await painter.paint({
    prompt,
    avoid: [],
    width: edge,
    height: edge,
    seed: SEED,
    detail: 'full',
    format: 'png',
    quality: undefined,
    label: undefined,
    transparent: false,
    xmp: undefined,
  });
  return bytes;
}

async function edit(source: Uint8Array, prompt: string): Promise<Uint8Array> {
  const started = performance.now();
  const { bytes } = await painter.edit({
    prompt,
    avoid: [],
    sources: [source],
    mask: undefined,
    width: EDGE,
    height: EDGE,
    seed: SEED,
    detail: 'full',
    format: 'png',
    quality: undefined,
    label: undefined,
    transparent: false,
    xmp: undefined,
  });
  console.log(`${Math.round(performance.now() - started)} ms  ${prompt}`);
  return bytes;
}

async function tile(pictures: readonly Uint8Array[], columns: number, edge: number): Promise<Buffer> {
  const tiles = await Promise.all(
    pictures.map(async (bytes, index) => ({
      input: await sharp(bytes).resize(edge).png().toBuffer(),
      left: (index % columns) * edge,
      top: Math.floor(index / columns) * edge,
    })),
  );
  const rows = Math.ceil(pictures.length / columns);
  return sharp({
    create: { width: columns * edge, height: rows * edge, channels: 3, background: '#222222' },
  })
    .composite(tiles)
    .png()
    .toBuffer();
}

/** The best JPEG that stays below a size. */
async function jpegBelow(picture: Uint8Array, mostBytes: number): Promise<Buffer> {
  for (let quality = 90; quality >= 40; quality -= 4) {
    const bytes = await sharp(picture).jpeg({ quality, mozjpeg: true }).toBuffer();
    if (bytes.length < mostBytes) return bytes;
  }
  throw new Error(`No JPEG of the picture stays below ${mostBytes} bytes.`);
}

async function writeDocumentation(folder: string): Promise<void> {
  const before = await paint(BASES[0]);
  const after = await edit(before, FIRST);
  const write = async (name: string, picture: Uint8Array, mostBytes: number): Promise<void> => {
    writeFileSync(path.join(folder, name), await jpegBelow(picture, mostBytes));
  };
  await write('edit-before.jpg', before, 200_000);
  await write('edit-after.jpg', after, 200_000);
  await write('edit-before-after.jpg', await tile([before, after], 2, 800), 250_000);
}

async function writeSources(folder: string): Promise<void> {
  for (const [name, prompt] of SOURCES) {
    const jpeg = sharp(await paint(prompt, SOURCE_EDGE)).jpeg({ quality: 94, chromaSubsampling: '4:4:4' });
    writeFileSync(path.join(folder, `${name}.jpg`), await jpeg.toBuffer());
  }
}

async function writeSamples(folder: string): Promise<void> {
  const bases: Uint8Array[] = [];
  for (const prompt of BASES) bases.push(await paint(prompt));
  const [before] = bases;
  if (before === undefined) throw new Error('Nothing was painted.');
  const after = await edit(before, FIRST);
  const others: Uint8Array[] = [];
  for (const [base, instruction] of FURTHER) others.push(await edit(bases[base] ?? before, instruction));
  writeFileSync(path.join(folder, 'before.png'), before);
  writeFileSync(path.join(folder, 'after.png'), after);
  writeFileSync(path.join(folder, 'after.webp'), await sharp(after).webp({ quality: 88 }).toBuffer());
  const pair = await tile([before, after], 2, EDGE);
  writeFileSync(path.join(folder, 'before-after.webp'), await sharp(pair).webp({ quality: 86 }).toBuffer());
  writeFileSync(path.join(folder, 'edits.png'), await tile([...bases, ...others], 3, TILE));
}

try {
  if (task === '--documentation') await writeDocumentation(folder);
  else if (task === '--sources') await writeSources(folder);
  else await writeSamples(folder);
} finally {
  await painter.close();
}
