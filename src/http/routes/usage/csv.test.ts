import { expect, it } from 'vitest';
import { formatCsv } from './csv.js';

it('quotes texts, doubles their quotes and keeps numbers bare', () => {
  expect(formatCsv(['name', 'count'], [['a "b", c\r\nd; e', 3]])).toBe(
    '"name","count"\r\n"a ""b"", c\r\nd; e",3\r\n',
  );
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', ' =1', '\t=1', '\r=1', '\n x', '\u00a0=1', '＝1'])(
  'keeps spreadsheets from running %j',
  (text) => {
    expect(formatCsv(['name'], [[text]])).toBe(`"name"\r\n"'${text}"\r\n`);
  },
);

it.each(['a=b', "it's", '', 'gpt-image-2', '1.5'])('leaves %j as it is', (text) => {
  expect(formatCsv(['name'], [[text]])).toBe(`"name"\r\n"${text}"\r\n`);
});
