import { isUnknown, lineWidth, splitWords } from '../lettering.js';

const ELLIPSIS = '…';

/** Characters that no font has are written as their code points: a box with digits could not be read at this size. */
function spellOut(text: string): string {
  let spelled = '';
  let before = false;
  for (const character of text) {
    const unknown = isUnknown(character);
    const name = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
    spelled += unknown ? `${before ? ' ' : ''}${name}` : character;
    before = unknown;
  }
  return spelled;
}

/**
 * Breaks text into lines of at most `width`; what goes beyond `maxLines` is cut with an ellipsis. Words that are longer than a
 * line are broken.
 * @param size of the letters, in the unit of the width
 */
export function wrapText(
  text: string,
  width: number,
  { size, spacing, maxLines }: { readonly size: number; readonly spacing: number; readonly maxLines: number },
): readonly string[] {
  const fits = (line: string) => lineWidth(line.trimEnd(), spacing) * size <= width;
  const lines: string[] = [];
  let line = '';
  for (const word of splitWords(spellOut(text.replace(/\s+/gu, ' ').trim()))) {
    if (fits(line + word)) {
      line += word;
      continue;
    }
    if (line !== '') lines.push(line.trimEnd());
    line = '';
    for (const letter of lettersOf(word)) {
      if (line !== '' && !fits(line + letter)) {
        lines.push(line);
        line = '';
      }
      line += letter;
    }
    if (lines.length > maxLines) break;
  }
  if (line.trim() !== '') lines.push(line.trimEnd());
  if (lines.length <= maxLines) return lines;
  return [...lines.slice(0, maxLines - 1), cut(lines[maxLines - 1] ?? '', fits)];
}

/** The line with an ellipsis, as much of it as fits. */
function cut(line: string, fits: (line: string) => boolean): string {
  const letters = [...lettersOf(line)];
  while (letters.length > 0 && !fits(letters.join('') + ELLIPSIS)) letters.pop();
  return letters.join('').trimEnd() + ELLIPSIS;
}

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Letters with everything that belongs to them. */
function lettersOf(text: string): readonly string[] {
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}
