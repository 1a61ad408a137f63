import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { lineWidth } from '../lettering.js';
import { drawSheet } from './draw-sheet.js';
import { layOutSheet } from './sheet-layout.js';
import type { Sheet, SheetCell } from './sheet.js';
import { wrapText } from './wrap-text.js';

const TEXT = { size: 16, spacing: 0, maxLines: 3 };
const widthOf = (line: string) => lineWidth(line, TEXT.spacing) * TEXT.size;

describe('wrapping', () => {
  it.each([
    'a red sailboat on a calm lake at sunset, mountains behind, a paper lantern, ripples, calm and wistful',
    '湖边有一座木屋，远处是雪山，水面平静如镜，倒映着天空，岸上有一只狐狸在看着远方的船慢慢地驶过',
    'Ένα κόκκινο ιστιοφόρο σε μια ήρεμη λίμνη στο ηλιοβασίλεμα, βουνά πίσω, ένα χάρτινο φανάρι',
    'Красная парусная лодка на спокойном озере на закате, позади горы, бумажный фонарь, рябь на воде',
    '夕暮れの静かな湖に浮かぶ赤い帆船、後ろに山々、紙の提灯、さざ波、穏やかで少し切ない雰囲気の絵',
    'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungszeremoniebuchhaltungsabteilung',
    '\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}\u{1F600}',
  ])('keeps every line within its width and ends what is too long with an ellipsis: %s', (text) => {
    const lines = wrapText(text, 200, TEXT);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(200);
    expect(lines.at(-1)).toMatch(/…$/);
    const whole = wrapText(text, 200, { ...TEXT, maxLines: 40 });
    expect(whole.slice(0, 2)).toEqual(lines.slice(0, 2));
    expect(whole.join('')).not.toContain('…');
    if (!text.includes('\u{1F600}'))
      expect(whole.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
  });

  it('writes what no font has as its code point, and collapses white space', () => {
    expect(wrapText('a fox \u{1F600}\u{1F98A}!', 500, TEXT)).toEqual(['a fox U+1F600 U+1F98A!']);
    expect(wrapText(' two\n\n  words ', 500, TEXT)).toEqual(['two words']);
    expect(wrapText('', 500, TEXT)).toEqual([]);
  });
});

const CELL: SheetCell = {
  ratio: 1,
  thumbnail: undefined,
  caption: '4 credits · 2.1 s',
  note: undefined,
  missing: { title: 'Failed', reason: 'The provider’s content policy refused the prompt. '.repeat(9) },
};

function sheetOf(change: Partial<Sheet>, columns = 3, rows = 2, cell: SheetCell = CELL): Sheet {
  return {
    format: 'png',
    theme: 'light',
    maxEdge: 4096,
    title: '3 models × 2 sizes',
    facts: '6 pictures',
    constants: [],
    footer: 'cmp_1',
    blocks: [
      {
        headings: [{ name: 'Prompt', text: 'a fox' }],
        columns: Array.from({ length: columns }, (_, index) => ({ name: '', text: `model ${index}` })),
        rows: Array.from({ length: rows }, (_, index) => ({
          label: { name: '', text: `size ${index}` },
          cells: Array.from({ length: columns }, () => cell),
        })),
      },
    ],
    ...change,
  };
}

describe('the layout', () => {
  it('lays nothing over anything else and keeps everything on the sheet', () => {
    const { boxes, texts, width, height } = layOutSheet(sheetOf({}));
    for (const [index, a] of boxes.entries()) {
      expect(a.x).toBeGreaterThanOrEqual(0);
      expect(a.x + a.width).toBeLessThanOrEqual(width);
      expect(a.y + a.height).toBeLessThanOrEqual(height);
      for (const b of boxes.slice(index + 1)) {
        const apart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect([a, b, apart]).toEqual([a, b, true]);
      }
    }
    for (const { x, y } of texts) {
      expect(x).toBeGreaterThan(0);
      expect(y).toBeLessThan(height);
    }
  });

  it('cuts a long reason where its box ends', () => {
    const { boxes, texts } = layOutSheet(sheetOf({}, 1, 1));
    const box = boxes.find(({ kind }) => kind === 'missing');
    const reasons = texts.filter(({ type }) => type === 'reason');
    expect(reasons.length).toBeGreaterThan(2);
    for (const { y } of reasons) expect(y).toBeLessThan((box?.y ?? 0) + (box?.height ?? 0));
    expect(reasons.some(({ text }) => text.endsWith('…'))).toBe(true);
  });
});

describe('a drawn sheet', () => {
  it('is never larger than allowed, however much there is to show', async () => {
    const blocks = Array.from({ length: 10 }, () => sheetOf({}, 10, 1).blocks).flat();
    const drawn = await drawSheet(sheetOf({ blocks, maxEdge: 1500 }));
    expect(Math.max(drawn.width, drawn.height)).toBe(1500);
    const { info } = await sharp(drawn.bytes).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([drawn.width, drawn.height]);
  });

  it('shows the pictures in their places', async () => {
    const red = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#ff0000' } })
      .png()
      .toBuffer();
    const sheet = sheetOf({}, 2, 1, { ...CELL, thumbnail: red, missing: undefined });
    const [box] = layOutSheet(sheet).boxes;
    const drawn = await drawSheet(sheet);
    const colourAt = async (left: number, top: number) => {
      const region = { left: Math.round(left), top: Math.round(top), width: 1, height: 1 };
      return [...(await sharp(drawn.bytes).extract(region).raw().toBuffer())];
    };
    expect(box).toMatchObject({ kind: 'picture' });
    const { x = 0, y = 0, width = 0, height = 0 } = box ?? {};
    expect(await colourAt(x + width / 2, y + height / 2)).toEqual([255, 0, 0]);
    expect(await colourAt(x - 5, y + height / 2)).toEqual([250, 249, 246]);
    // Its corners are round.
    expect(await colourAt(x + 1, y + 1)).not.toEqual([255, 0, 0]);
  });

  it.each(['light', 'dark'] as const)('is %s paper to its edge', async (theme) => {
    const drawn = await drawSheet(sheetOf({ theme, format: 'webp' }));
    expect(drawn.mimeType).toBe('image/webp');
    const [grey = 0] = await sharp(drawn.bytes)
      .extract({ left: 3, top: 3, width: 1, height: 1 })
      .raw()
      .toBuffer();
    expect(grey < 60).toBe(theme === 'dark');
  });
});
