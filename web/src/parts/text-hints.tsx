import { useMemo } from 'react';
import type { TextEdit } from '../api/prompts.js';
import { LintFindings } from './lint-findings.js';
import { splice } from './splice-edit.js';
import { splitAvoided } from './split-avoided.js';

/** Words, and what should stay out. */
interface Said {
  readonly text: string;
  readonly avoid: string[];
}

interface TextHintsProps {
  readonly draft: Said;
  readonly change: (changed: Said) => void;
  readonly model: string;
  /** Rules that don't apply here. */
  readonly without?: ReadonlySet<string>;
}

/** Plain text looked over as prompts are. */
export function TextHints({ draft: { text, avoid }, change, model, without }: TextHintsProps) {
  const wish = useMemo(
    () => ({ prompt: text.trim(), ...(avoid.length === 0 ? {} : { negative_prompt: avoid.join(', ') }) }),
    [text, avoid],
  );
  return (
    <LintFindings
      wish={wish}
      ready={wish.prompt !== ''}
      model={model}
      {...(without === undefined ? {} : { without })}
      onApply={(edits) => {
        change(applyEdits({ text, avoid }, edits));
      }}
    />
  );
}

function applyEdits(said: Said, edits: readonly TextEdit[]) {
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
