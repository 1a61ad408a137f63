import { useMemo } from 'react';
import type { TextEdit } from '../../api/prompts.js';
import { LintFindings } from '../../parts/lint-findings.js';
import { splice } from '../../parts/splice-edit.js';
import { splitAvoided } from '../../parts/split-avoided.js';
import type { EditDraft } from './edit-draft.js';

interface InstructionHintsProps {
  readonly draft: EditDraft;
  readonly change: (changed: Partial<EditDraft>) => void;
  readonly model: string;
}

/** What a whole picture has to be told and an edit has from its source. */
const ABOUT_WHOLE_PICTURES: ReadonlySet<string> = new Set([
  'unanchored-style',
  'subject-not-first',
  'several-subjects',
  'filler-opening',
]);

/** The instruction looked over as prompts are. */
export function InstructionHints({ draft: { text, avoid }, change, model }: InstructionHintsProps) {
  const wish = useMemo(
    () => ({ prompt: text.trim(), ...(avoid.length === 0 ? {} : { negative_prompt: avoid.join(', ') }) }),
    [text, avoid],
  );
  return (
    <LintFindings
      wish={wish}
      ready={wish.prompt !== ''}
      model={model}
      without={ABOUT_WHOLE_PICTURES}
      onApply={(edits) => {
        change(applyEdits({ text, avoid }, edits));
      }}
    />
  );
}

function applyEdits(said: Pick<EditDraft, 'text' | 'avoid'>, edits: readonly TextEdit[]) {
  // From the end, so that earlier offsets stay true.
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce(
      ({ text, avoid }, edit) =>
        edit.field === 'prompt'
          ? { text: splice(text.trim(), edit), avoid }
          : { text, avoid: splitAvoided(splice(avoid.join(', '), edit)) },
      said,
    );
}
