import { CheckIcon } from '../../parts/icons.js';
import { useGeneration, useLive, useWatching, isRunning } from '../../parts/live.js';
import type { StripEntry } from './strip-store.js';

/** One picture of an entry, there or on its way. */
export interface Selection {
  readonly once: string;
  /** From 0. */
  readonly index: number;
}

interface StripProps {
  readonly entries: readonly StripEntry[];
  readonly selected: Selection | undefined;
  readonly onSelect: (selection: Selection) => void;
}

/** Everything that was asked for here, the newest first. */
export function Strip({ entries, selected, onSelect }: StripProps) {
  return (
    <div
      role="group"
      aria-label="Pictures made here"
      className="flex shrink-0 gap-3 overflow-x-auto border-t border-line px-4 py-3 sm:px-6"
    >
      {entries.map((entry) => (
        <StripGroup
          key={entry.once}
          entry={entry}
          selected={selected?.once === entry.once ? selected.index : undefined}
          onSelect={(index) => {
            onSelect({ once: entry.once, index });
          }}
        />
      ))}
    </div>
  );
}

interface StripGroupProps {
  readonly entry: StripEntry;
  readonly selected: number | undefined;
  readonly onSelect: (index: number) => void;
}

function StripGroup({ entry, selected, onSelect }: StripGroupProps) {
  const { data: generation } = useGeneration(entry.id);
  const live = useLive(entry.id);
  useWatching(generation);
  const running = generation === undefined || isRunning(generation);
  const count = running ? (entry.wish.n ?? 1) : Math.max(1, generation.data.length);
  return (
    <div className="flex gap-1.5">
      {Array.from({ length: count }, (_, index) => {
        const picture = generation?.data[index];
        const source = picture?.url ?? live.partials[index + 1];
        const state = running ? 'on its way' : picture === undefined ? 'failed' : kept(picture.file_id);
        return (
          <button
            key={index}
            type="button"
            aria-label={`Picture ${index + 1} of ${count}, ${promptOf(entry)}, ${state}`}
            aria-pressed={index === selected}
            onClick={() => {
              onSelect(index);
            }}
            className="relative size-18 shrink-0 overflow-hidden rounded-md border border-line bg-well aria-pressed:outline-2 aria-pressed:outline-offset-1 aria-pressed:outline-seal"
          >
            {source !== undefined && (
              <img src={source} alt="" className="size-full object-cover" loading="lazy" decoding="async" />
            )}
            {running && live.arrived.includes(index + 1) && (
              <span aria-hidden className="absolute inset-0 grid place-items-center text-good">
                <CheckIcon className="size-5" />
              </span>
            )}
            {running && !live.arrived.includes(index + 1) && (
              <span
                aria-hidden
                className="absolute inset-x-2 bottom-2 h-1 animate-pulse rounded-full bg-seal motion-reduce:animate-none"
              />
            )}
            {!running && picture === undefined && (
              <span aria-hidden className="grid size-full place-items-center text-lg text-bad">
                !
              </span>
            )}
            {picture?.file_id !== undefined && (
              <span aria-hidden className="absolute top-1 right-1 rounded-sm bg-sheet px-1 text-xs text-good">
                kept
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}

function kept(fileId: string | undefined): string {
  return fileId === undefined ? 'not kept' : 'kept';
}

/** The prompt in a few words. */
export function promptOf({ wish: { prompt } }: StripEntry): string {
  const text = typeof prompt === 'string' ? prompt : (prompt.subject ?? Object.values(prompt).join(', '));
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
