/** Paints the pictures of the documentation with the built-in model: `npm run contact-sheet`. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { Painter } from '../src/painter/painter.js';

const root = path.resolve(import.meta.dirname, '..');
const SEED = 7;
const TILE = 480;
const COLUMNS = 2;

const PROMPTS = [
  'a snow leopard on a rocky cliff, photorealistic wildlife photography, medium shot from below, golden-hour side lighting, visible whiskers and individual fur strands, solitary and watchful',
  'a stone bridge over a pond, a paper lantern, summer evening',
  'a lighthouse on a cliff in a storm at night, oil painting',
  'a red sailboat on a calm lake at sunset, mountains behind',
  'neon city street in the rain at night',
  'a cup of coffee and an open book on a wooden table, morning light, still life',
  'a fox in an autumn birch forest, watercolour',
  'a poster of a rocket with the text "ATELIER", flat vector',
  'cherry blossom trees by a pagoda, Mount Fuji, woodblock print, spring',
  'hot-air balloons over a desert canyon at sunrise',
] as const;

const painter = new Painter({ threads: 2 });
const paintings = await Promise.all(
  PROMPTS.map((prompt) =>
    painter.paint({
      prompt,
      avoid: [],
      width: 1024,
      height: 1024,
      seed: SEED,
      detail: 'full',
      format: 'png',
      quality: undefined,
      label: undefined,
      transparent: false,
      xmp: undefined,
    }),
  ),
);
await painter.close();

const tiles = await Promise.all(
  paintings.map(async ({ bytes }, index) => ({
    input: await sharp(bytes).resize(TILE).png().toBuffer(),
    left: (index % COLUMNS) * TILE,
    top: Math.floor(index / COLUMNS) * TILE,
  })),
);
const rows = Math.ceil(PROMPTS.length / COLUMNS);
await sharp({ create: { width: COLUMNS * TILE, height: rows * TILE, channels: 3, background: '#222222' } })
  .composite(tiles)
  .jpeg({ quality: 85 })
  .toFile(path.join(root, 'docs/images/contact-sheet.jpg'));

const [first] = paintings;
if (first !== undefined) {
  await sharp(first.bytes)
    .resize(720)
    .jpeg({ quality: 86 })
    .toFile(path.join(root, 'docs/images/snow-leopard.jpg'));
}

writeFileSync(
  path.join(root, 'docs/contact-sheet.md'),
  [
    '# What the built-in model paints',
    '',
    '`atelier-sketch` is a procedural painter: it reads the prompt and composes a scene, offline and free. Ten prompts at',
    `1024x1024 with seed ${SEED}, from left to right and top to bottom; \`npm run contact-sheet\` paints them again.`,
    '',
    '![Ten pictures](images/contact-sheet.jpg)',
    '',
    ...PROMPTS.map((prompt, index) => `${index + 1}. ${prompt}`),
    '',
  ].join('\n'),
);
