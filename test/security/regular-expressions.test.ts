/**
 * No regular expression of the server takes long over any text: each one that stands in the code meets long texts made of
 * its own characters, in all the ways in which backtracking is known to run away.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../src');
/** Long enough that a square of it takes half a second of a processor. */
const LENGTH = 16_000;
/** Steps that grow with the length alone take less than one; the clock of the processor does not count what others do. */
const MAX_MS = 120;

/**
 * Patterns that take the square of a length which callers do not choose or which is bounded, by file or by file and pattern.
 */
const BOUNDED: readonly (readonly [place: string, why: string])[] = [
  ['src/config/', 'settings of the operator'],
  ['src/credits/microcredits.ts', 'the digits of a number'],
  ['src/http/content-disposition.ts', 'a name of at most 60 characters'],
  ['src/images/transport.ts', 'the address of a provider, a setting of the operator'],
  ['src/providers/bfl/endpoint.ts', 'a setting of the operator'],
  ['src/providers/openai-images/endpoint.ts', 'a setting of the operator'],
  ['src/providers/openai-images/probe.ts', 'a setting of the operator'],
  ['src/providers/shared/own-server.ts', 'a setting of the operator'],
  ['src/providers/google/emulator-message.ts', 'at most two signs, as the test before it says'],
  [
    'src/providers/shared/upstream-error.ts',
    'reads what the pattern before it has matched, which begins with a number and a unit',
  ],
  ['src/http/routes/system/reference.ts', 'the page of the reader, which this server makes itself'],
  ['src/providers/openai-images/emulator-request.ts', 'a prompt of a test key; its route bounds it'],
  ['src/images/recipes/placeholders.ts', 'at most 100 characters between two braces'],
  ['src/prompts/lint/rule-structure.ts', '32,000 characters at most, in segments; see hostile-texts.test.ts'],
  [
    'src/painter/edit/split-instruction.ts',
    '8,000 characters at most, on a thread of its own; see hostile-texts.test.ts',
  ],
];

interface Found {
  readonly place: string;
  readonly pattern: RegExp;
}

function findPatterns(): readonly Found[] {
  const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter(
    // The command line reads what its own user typed.
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('cli/'),
  );
  return files.flatMap((name) => {
    const source = ts.createSourceFile(
      name,
      readFileSync(path.join(ROOT, name), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    const found: Found[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const end = node.text.lastIndexOf('/');
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        const pattern = new RegExp(node.text.slice(1, end), node.text.slice(end + 1));
        found.push({ place: `src/${name}:${line + 1} ${node.text}`, pattern });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

/** What could be repeated: single characters of every class, and runs that stand in the pattern itself. */
function pumps(pattern: RegExp): readonly string[] {
  const plain = pattern.source
    .replace(/\\[sdwbSDWB]|\(\?[:=!<]+|[()[\]{}|^$*+?]/g, '\0')
    .replace(/\\(.)/g, '$1');
  const words = plain.split('\0').filter((word) => word !== '');
  const singles = [...new Set(words.join(''))].slice(0, 24);
  const classes = [
    'a',
    'A',
    '0',
    ' ',
    '\n',
    '\t',
    '-',
    '.',
    ',',
    '/',
    ':',
    '"',
    '<',
    '&',
    '=',
    '\\',
    'é',
    '_',
  ];
  const pairs = [
    'a ',
    ' a',
    'a,',
    'a.',
    '0.',
    'a-',
    '--',
    '""',
    '\\"',
    '{}',
    '[]',
    '()',
    '  \n',
    'a\n',
    'ab ',
    '<a',
  ];
  return [...new Set([...singles, ...classes, ...pairs, ...words.slice(0, 8)])];
}

/** Milliseconds of the processor; what other threads of this process do meanwhile is not there every time. */
function leastTimeMs(pattern: RegExp, text: string): number {
  let leastMs = Infinity;
  for (let tries = 0; tries < 3 && leastMs > MAX_MS; tries += 1) {
    pattern.lastIndex = 0;
    const start = process.cpuUsage();
    // All matches, as replacing and searching do.
    if (pattern.global) text.replace(pattern, '');
    else pattern.test(text);
    leastMs = Math.min(leastMs, process.cpuUsage(start).user / 1000);
  }
  return leastMs;
}

it('none of them takes long over any text', { timeout: 600_000 }, () => {
  const found = findPatterns();
  expect(found.length).toBeGreaterThan(200);
  const slow: string[] = [];
  for (const { place, pattern } of found) {
    if (BOUNDED.some(([bounded]) => place.startsWith(bounded))) continue;
    const words = pumps(pattern);
    const prefixes = ['', ...words.filter((word) => word.length > 1).slice(0, 3)];
    search: for (const pump of words) {
      for (const prefix of prefixes) {
        const text = `${prefix}${pump.repeat(Math.ceil(LENGTH / pump.length))}\u0001`;
        const spentMs = leastTimeMs(pattern, text);
        if (spentMs > MAX_MS) {
          slow.push(`${place} took ${Math.round(spentMs)} ms over ${JSON.stringify(prefix + pump)}…`);
          break search;
        }
      }
    }
  }
  expect(slow).toEqual([]);
});
