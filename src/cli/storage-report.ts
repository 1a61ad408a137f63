import type { BlobUse, CheckSummary, Problem } from '../files/check/problem.js';
import { formatBytes } from './progress-line.js';

/** One problem on a line: what, where, who minds, what was done. */
export function problemLine({ kind, subject, sizeBytes, uses, what, done }: Problem): string {
  const size = sizeBytes === 0 ? '' : ` (${formatBytes(sizeBytes)})`;
  const who = uses.length === 0 ? '' : `  used by ${uses.map(describeUse).join(', ')}`;
  return `${kind}  ${subject}${size}  ${what}${who}${done === undefined ? '' : `  → ${done}`}`;
}

/** A problem for programs. */
export function problemRecord({ kind, subject, sizeBytes, uses, what, repaired, done }: Problem) {
  return {
    object: 'storage.problem',
    kind,
    subject,
    bytes: sizeBytes,
    uses,
    what,
    repaired,
    ...(done === undefined ? {} : { done }),
  };
}

/** All counts for programs; the last record of a check. */
export function summaryRecord({ byKind, ...counts }: CheckSummary) {
  return { object: 'storage.summary', ...counts, by_kind: byKind };
}

/** All counts in words. */
export function summaryLines(summary: CheckSummary, options: { readonly fast: boolean }): readonly string[] {
  const { blobs, read, lost, aside, unfinished, foreign, problems, repaired, byKind } = summary;
  const notes = [
    [lost, 'known to be lost since an earlier check'],
    [aside, 'damaged and put aside in quarantine'],
    [unfinished, 'being written now'],
    [foreign, 'among the blobs and none of them, left alone'],
  ] as const;
  return [
    `checked ${count(blobs.count, 'blob')}, ${formatBytes(blobs.bytes)}; read ${formatBytes(read.bytes)}${options.fast ? ' (existence and length only: --fast)' : ''}`,
    ...notes.flatMap(([amount, what]) =>
      amount.count === 0 ? [] : [`${count(amount.count, 'thing')}, ${formatBytes(amount.bytes)}: ${what}`],
    ),
    ...Object.entries(byKind).map(
      ([kind, amount]) => `${kind}: ${amount.count}, ${formatBytes(amount.bytes)}`,
    ),
    problems.count === 0
      ? 'all is well'
      : `found ${count(problems.count, 'problem')}, repaired ${repaired.count}`,
  ];
}

function describeUse({ kind, id, filename }: BlobUse): string {
  switch (kind) {
    case 'file':
      return `${id} (${filename ?? ''})`;
    case 'image':
      return id;
    case 'input':
      return `${id} (input)`;
    case 'received':
      return `${id} (just received)`;
    case 'original':
    case 'continuation':
    case 'preview':
      return `${id} (${kind})`;
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
