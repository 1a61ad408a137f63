import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { lintOf, type Finding, type PromptWish, type TextEdit } from '../api/prompts.js';
import { useApi, useCurrentKey } from '../app/session.js';
import { useDebounced } from './use-debounced.js';

const NONE: ReadonlySet<string> = new Set();
const SHOWN = 3;
const SUGGESTIONS = 2;

interface LintFindingsProps {
  /** The same object while it says the same. */
  readonly wish: PromptWish;
  /** Whether there is anything to be looked over. */
  readonly ready: boolean;
  /** Rules that don't apply here. */
  readonly without?: ReadonlySet<string>;
  /** Offsets are those of the wish. */
  readonly onApply: (edits: readonly TextEdit[]) => void;
  readonly model: string;
}

/** What will probably not come out as meant, looked over while one writes, with what can be done about it. */
export function LintFindings({ wish, ready, without = NONE, onApply, model }: LintFindingsProps) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const [all, setAll] = useState(false);
  const settled = useDebounced(wish, 600);
  const { data } = useQuery({
    queryKey: [keyId, 'lint', model, settled],
    queryFn: ({ signal }) => api(lintOf(settled, model, signal)),
    enabled: ready && model !== '' && settled.prompt !== '',
    placeholderData: (before) => before,
    staleTime: Infinity,
    gcTime: 60_000,
  });
  const findings = ready ? (data?.findings ?? []).filter(({ rule }) => !without.has(rule)) : [];
  // Offsets fit the prompt that was looked over only.
  const current = JSON.stringify(settled) === JSON.stringify(wish);
  const shown = all ? findings : findings.slice(0, SHOWN);
  return (
    <section aria-label="Hints" aria-live="polite" className={shown.length === 0 ? '-mt-6' : '-mt-2'}>
      {shown.length > 0 && (
        <ul className="flex flex-col gap-2.5">
          {shown.map((finding) => (
            <FindingItem
              key={`${finding.rule} ${finding.field} ${finding.start}`}
              finding={finding}
              disabled={!current}
              apply={onApply}
            />
          ))}
        </ul>
      )}
      {findings.length > SHOWN && (
        <button
          type="button"
          onClick={() => {
            setAll(!all);
          }}
          className="mt-2 rounded-sm text-sm text-soft underline underline-offset-4 hover:text-ink"
        >
          {all ? 'Fewer hints' : `${findings.length - SHOWN} more hints`}
        </button>
      )}
    </section>
  );
}

interface FindingItemProps {
  readonly finding: Finding;
  readonly disabled: boolean;
  readonly apply: (edits: Finding['suggestions'][number]['edits']) => void;
}

function FindingItem({ finding, disabled, apply }: FindingItemProps) {
  return (
    <li
      className={`border-l-2 pl-3 text-sm ${finding.severity === 'warning' ? 'border-warn' : 'border-line'}`}
    >
      <p className={finding.severity === 'warning' ? '' : 'text-soft'}>{plainWords(finding.message)}</p>
      <div className="mt-1 flex flex-wrap gap-x-4 gap-y-1">
        {finding.suggestions.slice(0, SUGGESTIONS).map(({ label, edits }) => (
          <button
            key={label}
            type="button"
            aria-disabled={disabled}
            onClick={() => {
              if (!disabled) apply(edits);
            }}
            className="rounded-sm text-left text-seal underline decoration-line underline-offset-4 hover:decoration-seal"
          >
            {plainWords(label)}
          </button>
        ))}
      </div>
    </li>
  );
}

/** The chips are what callers of the API know as `negative_prompt`. */
function plainWords(text: string): string {
  const plain = text.replaceAll('`negative_prompt`', 'Avoid');
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
