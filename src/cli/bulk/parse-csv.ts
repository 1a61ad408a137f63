import { CliError } from '../client.js';

/** One record of a CSV file. */
export interface CsvRecord {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

const SEPARATORS = [',', ';', '\t'] as const;

/**
 * Reads CSV as RFC 4180 has it: cells in quotes may hold separators, line breaks and doubled quotes. The separator is the first
 * of comma, semicolon and tab in the first line. Empty lines are left out.
 * @param name of the file, for messages
 * @throws CliError naming the line
 */
export function parseCsv(text: string, name: string): readonly CsvRecord[] {
  const separator = separatorOf(text);
  const records: CsvRecord[] = [];
  let [line, at] = [1, 0];
  while (at < text.length) {
    const record = { line, cells: new Array<string>() };
    for (let more = true; more;) {
      const cell = text[at] === '"' ? quotedCell(text, at) : bareCell(text, at, separator);
      if (cell === undefined) throw new CliError(`${name}, line ${line}: a quote is not closed`);
      record.cells.push(cell.value);
      line += cell.lines;
      at = cell.end;
      more = text[at] === separator;
      if (more) at += 1;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    if (at < text.length && text[at] !== '\n' && text[at] !== '\r') {
      throw new CliError(`${name}, line ${line}: there is text behind a closing quote`);
    }
    at += 1;
    line += 1;
    if (record.cells.some((cell) => cell.trim() !== '')) records.push(record);
  }
  return records;
}

interface Cell {
  readonly value: string;
  /** Behind its last character. */
  readonly end: number;
  /** Line breaks that it holds. */
  readonly lines: number;
}

function quotedCell(text: string, start: number): Cell | undefined {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] === '"') continue;
    const value = text.slice(start + 1, at).replaceAll('""', '"');
    return { value, end: at + 1, lines: value.split('\n').length - 1 };
  }
  return undefined;
}

function bareCell(text: string, start: number, separator: string): Cell {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { value: text.slice(start, end), end, lines: 0 };
}

function separatorOf(text: string): string {
  const header = (/^(?:"[^"]*"|[^"\r\n])*/.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '');
  const first = SEPARATORS.map((separator) => ({ separator, at: header.indexOf(separator) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)[0];
  return first?.separator ?? ',';
}
