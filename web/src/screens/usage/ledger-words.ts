import type { LedgerEntry } from '../../api/credits.js';
import { formatCredits } from '../../parts/credits.js';

/** What a move of credits was, in plain words. */
export function ledgerWords(entry: LedgerEntry): { readonly title: string; readonly detail: string } {
  switch (entry.kind) {
    case 'grant':
      return entry.note === 'first credits'
        ? { title: 'First credits', detail: 'Given when the workspace was made.' }
        : { title: 'Credits given', detail: entry.note ?? 'By the operator.' };
    case 'top_up':
      return entry.note?.startsWith('test credits by ') === true
        ? { title: 'Test credits added', detail: 'They cost nothing.' }
        : { title: 'Credits added', detail: entry.note ?? 'By the operator. They never expire.' };
    case 'hold':
      return { title: 'Set aside', detail: 'The most that the request can cost, while it runs.' };
    case 'settle':
      return { title: 'Charged', detail: 'For the pictures that were delivered.' };
    case 'release':
      return { title: 'Given back', detail: 'What the request did not need of what was set aside.' };
    case 'expire':
      return { title: 'Expired', detail: 'The time of these credits was over.' };
  }
}

/** How much, and of what: setting aside and giving back don't change the balance. */
export function ledgerAmount(entry: LedgerEntry): {
  readonly text: string;
  readonly moves: 'balance' | 'aside';
} {
  const held = formatCredits(Math.abs(entry.held_delta));
  if (entry.kind === 'hold') return { text: `${held} set aside`, moves: 'aside' };
  if (entry.kind === 'release') return { text: `${held} free again`, moves: 'aside' };
  const delta = entry.balance_delta;
  const sign = delta > 0 ? '+' : delta < 0 ? '−' : '';
  return { text: `${sign}${formatCredits(Math.abs(delta))}`, moves: 'balance' };
}
