import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv } from './parse-csv.js';

const cellsOf = (text: string) => parseCsv(text, 'a.csv').map(({ cells }) => cells);

describe('parseCsv', () => {
  it.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['a\n"x, ""y"""\n', [['a'], ['x, "y"']]],
    ['a\n"two\nlines"\n', [['a'], ['two\nlines']]],
    [
      'a;b\n1,5;2\n',
      [
        ['a', 'b'],
        ['1,5', '2'],
      ],
    ],
    [
      'a\tb\n1\t2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      '"a;x",b\n1,2\n',
      [
        ['a;x', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\n\n , \n1,\n',
      [
        ['a', 'b'],
        ['1', ''],
      ],
    ],
    ['', []],
  ])('reads %j', (text, cells) => {
    expect(cellsOf(text)).toEqual(cells);
  });

  it('counts the lines of the file, also behind cells of several lines', () => {
    const records = parseCsv('a\n"one\n\ntwo"\n\nlast', 'a.csv');
    expect(records.map(({ line, cells }) => [line, cells[0]])).toEqual([
      [1, 'a'],
      [2, 'one\n\ntwo'],
      [6, 'last'],
    ]);
  });

  it.each([
    ['a\nx\n"open', 'a.csv, line 3: a quote is not closed'],
    ['a\n"x" y\n', 'a.csv, line 2: there is text behind a closing quote'],
  ])('refuses %j', (text, message) => {
    expect(() => parseCsv(text, 'a.csv')).toThrow(message);
  });

  it('reads back whatever was written with quotes', () => {
    const written = (cells: readonly string[]) =>
      cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
    const record = fc
      .array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 4 })
      .filter((cells) => cells.some((cell) => cell.trim() !== ''));
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (records) => {
        expect(cellsOf(['"a","b"', ...records.map(written)].join('\r\n')).slice(1)).toEqual(records);
      }),
    );
  });
});
