/** What reads texts of callers takes time that grows with their length, whatever stands in them: it runs while others wait. */
import { expect, it } from 'vitest';
import { safeFilename } from '../../src/files/file-name.js';
import { attachment } from '../../src/http/content-disposition.js';
import { findVariables } from '../../src/images/recipes/placeholders.js';
import { readInstruction } from '../../src/painter/edit/read-instruction.js';
import { readPrompt } from '../../src/painter/read-prompt.js';
import { lintPrompt } from '../../src/prompts/lint/lint-prompt.js';
import { parsePrompt } from '../../src/prompts/parse-prompt.js';

/** Each with the most characters that its caller lets through. */
const READERS: readonly (readonly [string, number, (text: string) => unknown])[] = [
  ['the linter', 32_000, (text) => lintPrompt({ prompt: text, models: [] })],
  ['the reader of prompts in parts', 200_000, (text) => parsePrompt(text)],
  ['the reader of placeholders', 200_000, (text) => attempt(() => findVariables({ prompt: text }))],
  ['the painter', 8_000, (text) => readPrompt(text, [])],
  ['the painter of edits', 8_000, (text) => readInstruction(text, [], false)],
  ['the writer of names', 16_000, (text) => safeFilename(text, 'image/png')],
  ['the writer of downloads', 16_000, (text) => attachment(text, 'img', 'png')],
];

const PIECES = [
  ' ',
  '\n',
  'a',
  ' a',
  'a ',
  ',',
  ', ',
  '.',
  '. ',
  '-',
  '"',
  "'",
  '“',
  '(',
  ')',
  '[',
  '{',
  '{{',
  '{{a',
  '{{ ',
  '}}',
  '<',
  '_',
  '0',
  'and ',
  ' and',
  ', and ',
  'a and ',
  'no ',
  'not ',
  'without ',
  'keep ',
  'keep the ',
  'except ',
  'remove ',
  'replace ',
  'turn a ',
  'from ',
  'from a to ',
  'instead of ',
  'make it ',
  'while ',
  'with ',
  'in the style of ',
  'in ',
  'of ',
  'the ',
  'a fox ',
  'a fox, ',
  '保',
  '保持',
  '不',
  '不要',
  '和',
  '把',
  '变成',
  '，',
  '。',
  'é',
  '👩‍👩‍👧‍👦',
  '(a:1.2)',
  '--ar 16:9 ',
  '::',
  'text "a" ',
  'saying ',
  'titled ',
  'a\u0301',
  '.png',
  '. .',
  '\\',
  '/',
  '0_',
  'stays ',
  'unchanged ',
  'red ',
  'reads: ',
];

/** Far above what length alone takes on a busy machine, far below what its square does. */
const MAX_MS = 1_500;

it.each(READERS)('%s', (_name, length, read) => {
  const slow: string[] = [];
  for (const piece of PIECES) {
    const text = `a${piece.repeat(Math.ceil(length / piece.length)).slice(0, length - 2)}!`;
    const spentMs = leastTimeMs(() => read(text));
    if (spentMs > MAX_MS) slow.push(`${JSON.stringify(piece)} took ${Math.round(spentMs)} ms`);
  }
  expect(slow).toEqual([]);
});

/** Milliseconds of the processor; what other threads of this process do meanwhile is not there every time. */
function leastTimeMs(read: () => unknown): number {
  let leastMs = Infinity;
  for (let tries = 0; tries < 3 && leastMs > MAX_MS; tries += 1) {
    const start = process.cpuUsage();
    read();
    leastMs = Math.min(leastMs, process.cpuUsage(start).user / 1000);
  }
  return leastMs;
}

/** A text may be refused; only the time counts. */
function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error;
  }
}
