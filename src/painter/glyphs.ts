import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { create, type Font } from 'fontkit';

/** An outline in thousandths of the em, y pointing up. */
interface Glyph {
  readonly path: string;
  readonly advance: number;
  /** Stroke that brings the file's default weight to a regular one: CJK files open at their thinnest. */
  readonly regularStroke: number;
}

interface Slice {
  readonly file: string;
  readonly ranges: readonly (readonly [from: number, to: number])[];
  readonly regularStroke: number;
}

const require = createRequire(import.meta.url);

/** Scripts that need shaping stay out: unshaped they would be wrong rather than missing. */
const families = [
  { name: 'noto-sans', skip: /devanagari/u, regularStroke: 0 },
  { name: 'noto-sans-sc', skip: /^(?:latin|cyrillic|vietnamese)/u, regularStroke: 44 },
  { name: 'noto-sans-jp', skip: /^(?:latin|cyrillic|vietnamese)/u, regularStroke: 44 },
] as const;

let slices: readonly Slice[] | undefined;
const fonts = new Map<string, Font | undefined>();
const glyphs = new Map<number, Glyph | undefined>();

/** The outline of a character, or undefined when none of the fonts has it. */
export function findGlyph(codePoint: number): Glyph | undefined {
  if (glyphs.has(codePoint)) return glyphs.get(codePoint);
  const glyph = loadGlyph(codePoint);
  glyphs.set(codePoint, glyph);
  return glyph;
}

function loadGlyph(codePoint: number): Glyph | undefined {
  slices ??= families.flatMap((family) => readSlices(family));
  for (const slice of slices) {
    if (!slice.ranges.some(([from, to]) => codePoint >= from && codePoint <= to)) continue;
    const font = openFont(slice.file);
    if (font?.hasGlyphForCodePoint(codePoint) !== true) continue;
    const glyph = font.glyphForCodePoint(codePoint);
    const perMille = 1000 / font.unitsPerEm;
    const path = perMille === 1 ? glyph.path : glyph.path.scale(perMille, perMille);
    return { path: path.toSVG(), advance: glyph.advanceWidth * perMille, regularStroke: slice.regularStroke };
  }
  return undefined;
}

function openFont(file: string): Font | undefined {
  if (!fonts.has(file)) {
    const opened = create(readFileSync(file));
    fonts.set(file, 'glyphForCodePoint' in opened ? opened : undefined);
  }
  return fonts.get(file);
}

function readSlices(family: (typeof families)[number]): Slice[] {
  const anyFile = family.name === 'noto-sans' ? 'noto-sans-latin' : `${family.name}-100`;
  const files = dirname(
    require.resolve(`@fontsource-variable/${family.name}/files/${anyFile}-wght-normal.woff2`),
  );
  const listed: unknown = JSON.parse(readFileSync(join(files, '..', 'unicode.json'), 'utf8'));
  if (typeof listed !== 'object' || listed === null) return [];
  const read: Slice[] = [];
  for (const [key, ranges] of Object.entries(listed)) {
    const name = key.replace(/[[\]]/gu, '');
    if (family.skip.test(name) || typeof ranges !== 'string') continue;
    read.push({
      file: join(files, `${family.name}-${name}-wght-normal.woff2`),
      ranges: ranges.split(',').map(readRange),
      regularStroke: family.regularStroke,
    });
  }
  return read;
}

function readRange(range: string): readonly [number, number] {
  const [from = '0', to = from] = range.trim().replace(/^U\+/iu, '').split('-');
  return [Number.parseInt(from, 16), Number.parseInt(to, 16)];
}
