import type { TextEdit } from '../../api/prompts.js';
import { splice } from '../../parts/splice-edit.js';
import { splitAvoided } from '../../parts/split-avoided.js';
import type { Draft } from './draft.js';
import { SLOTS } from '../../api/prompts.js';

/** A draft with what a suggestion changes. Offsets are those of the prompt that was looked over. */
export function applyEdits(draft: Draft, edits: readonly TextEdit[]): Draft {
  // From the end, so that earlier offsets stay true.
  const ordered = [...edits].sort((a, b) => b.start - a.start);
  return ordered.reduce(applyEdit, draft);
}

function applyEdit(draft: Draft, edit: TextEdit): Draft {
  if (edit.field === 'prompt') return { ...draft, text: splice(draft.text.trim(), edit) };
  if (edit.field === 'negative_prompt') {
    return { ...draft, avoid: splitAvoided(splice(draft.avoid.join(', '), edit)) };
  }
  const avoided = /^prompt\.avoid(?:\[(\d+)\])?$/.exec(edit.field);
  if (avoided !== null) {
    const place = Number(avoided[1] ?? draft.avoid.length);
    const avoid = [...draft.avoid];
    avoid[place] = splice(avoid[place] ?? '', edit).trim();
    return { ...draft, avoid: [...new Set(avoid.filter((thing) => thing !== ''))] };
  }
  const slot = [...SLOTS, 'text' as const].find((one) => edit.field === `prompt.${one}`);
  if (slot === undefined) return draft;
  return { ...draft, parts: { ...draft.parts, [slot]: splice(draft.parts[slot].trim(), edit) } };
}
