import { findGlyph } from './glyphs.js';

/** Text set in outlines. `weight` runs from 400 (regular) to 900. */
interface LetterStyle {
  readonly fill: string;
  readonly weight: number;
  /** Space added between letters, in thousandths of the em. */
  readonly spacing: number;
}

interface FittedText {
  readonly lines: readonly string[];
  readonly size: number;
}

const lineHeight = 1.22;
const capHeight = 0.714;
const boxAdvance = 800;

/** Width of a line at size 1. */
export function lineWidth(text: string, spacing: number): number {
  let width = 0;
  for (const character of text) width += advanceOf(character) + spacing;
  return Math.max(0, width - spacing) / 1000;
}

/** Breaks text into the lines that allow the largest letters inside a box. */
export function fitText(text: string, width: number, height: number, spacing: number): FittedText {
  const words = splitWords(text);
  let best: FittedText = { lines: [text], size: 0 };
  for (let count = 1; count <= Math.min(6, words.length); count++) {
    const lines = breakLines(words, count, spacing);
    const widest = Math.max(0.1, ...lines.map((line) => lineWidth(line, spacing)));
    const size = Math.min(width / widest, height / ((lines.length - 1) * lineHeight + 1));
    if (size > best.size) best = { lines, size };
  }
  return best;
}

/** SVG of lines centred on a point, or starting or ending there. */
export function letterLines(
  fitted: FittedText,
  x: number,
  y: number,
  anchor: 'start' | 'middle' | 'end',
  style: LetterStyle,
): string {
  const blockHeight = (fitted.lines.length - 1) * lineHeight * fitted.size;
  return fitted.lines
    .map((line, index) => {
      const width = lineWidth(line, style.spacing) * fitted.size;
      const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
      const baseline = y - blockHeight / 2 + index * lineHeight * fitted.size + (capHeight / 2) * fitted.size;
      return letterLine(line, left, baseline, fitted.size, style);
    })
    .join('');
}

/** SVG of one line whose baseline starts at a point. */
export function letterLine(text: string, x: number, y: number, size: number, style: LetterStyle): string {
  let pen = 0;
  const parts: string[] = [];
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 32;
    const glyph = findGlyph(codePoint);
    if (glyph === undefined) {
      if (!isBlank(character)) parts.push(codePointBox(codePoint, pen, style));
    } else if (glyph.path !== '') {
      const stroke = glyph.regularStroke + ((style.weight - 400) / 500) * (glyph.regularStroke > 0 ? 34 : 62);
      const bold =
        stroke > 0 ? ` stroke="${style.fill}" stroke-width="${stroke}" stroke-linejoin="round"` : '';
      parts.push(`<path transform="translate(${pen} 0)" d="${glyph.path}"${bold}/>`);
    }
    pen += advanceOf(character) + style.spacing;
  }
  const factor = (size / 1000).toFixed(5);
  return `<g fill="${style.fill}" transform="translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${factor} -${factor})">${parts.join('')}</g>`;
}

/** A character no font has is shown by its code point, as browsers do. */
function codePointBox(codePoint: number, pen: number, style: LetterStyle): string {
  const digits = codePoint.toString(16).toUpperCase().padStart(4, '0');
  const half = Math.ceil(digits.length / 2);
  const row = (text: string, y: number): string => {
    const size = 640 / Math.max(2, half);
    return letterLine(text, pen + 400 - (lineWidth(text, 0) * size) / 2, y, size, {
      ...style,
      weight: 400,
    }).replace(/ -([\d.]+)\)">/u, ' $1)">');
  };
  return `<rect x="${pen + 50}" y="-40" width="700" height="780" rx="60" fill="none" stroke="${style.fill}" stroke-width="40"/>${row(digits.slice(0, half), 400)}${row(digits.slice(half), 60)}`;
}

/** Whether a character is shown by its code point because none of the fonts has it. */
export function isUnknown(character: string): boolean {
  return findGlyph(character.codePointAt(0) ?? 32) === undefined && !isBlank(character);
}

function advanceOf(character: string): number {
  const glyph = findGlyph(character.codePointAt(0) ?? 32);
  if (glyph !== undefined) return glyph.advance;
  return isBlank(character) ? 0 : boxAdvance;
}

/** Joiners, variation selectors and controls take no place. */
function isBlank(character: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Mn}\p{Zs}\p{Zl}\p{Zp}]/u.test(character);
}

/** Words, where each ideograph is a word of its own because a line may break after any of them. */
export function splitWords(text: string): readonly string[] {
  return (
    text.match(
      /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}][，。、！？：；）」』…ー]*\s*|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+\s*/gu,
    ) ?? [text]
  );
}

/** Fills `count` lines as evenly as words allow. */
function breakLines(words: readonly string[], count: number, spacing: number): readonly string[] {
  const total = words.reduce((sum, word) => sum + lineWidth(word, spacing), 0);
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const target = total / count;
    const would = lineWidth(line + word, spacing);
    if (line !== '' && lines.length < count - 1 && would - target > target - lineWidth(line, spacing)) {
      lines.push(line.trim());
      line = '';
    }
    line += word;
  }
  lines.push(line.trim());
  return lines.filter((part) => part !== '');
}
