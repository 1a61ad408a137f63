import type { Expectation, FaultCase } from './fault-cases.js';

/** A judged case; without problems it came as expected. */
export interface MatrixRow {
  readonly one: FaultCase;
  readonly expected: Expectation;
  readonly problems: readonly string[];
}

const CHARGED = { itself: 'its price', fallback: 'the fallback’s price' } as const;

/** The table as the documentation keeps it. */
export function renderMatrix(rows: readonly MatrixRow[]): string {
  const lines = rows
    .map(({ one, expected }) => {
      const { code, servedBy, calls, otherCalls } = expected;
      const end = servedBy === undefined ? `failed, \`${code ?? ''}\`` : 'succeeded';
      return [
        one.outcome,
        one.table.provider,
        one.lasting === 'all' ? 'every attempt' : 'the first attempt',
        one.delivery,
        one.chain ? 'yes' : 'no',
        end,
        `${calls}${otherCalls === 0 ? '' : ` + ${otherCalls}`}`,
        servedBy === undefined ? 'nothing' : CHARGED[servedBy],
      ];
    })
    .sort((a, b) => a.join(' ').localeCompare(b.join(' '), 'en'));
  const head = ['outcome', 'emulator', 'meets', 'delivery', 'fallback', 'ends', 'calls', 'charged'];
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);
  return `\n${rows.length} cases, each over real HTTP; calls are counted at the emulators.\n\n${table.join('\n')}\n\n`;
}
