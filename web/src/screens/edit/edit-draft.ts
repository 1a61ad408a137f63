import { useCallback, useEffect, useState } from 'react';
import * as z from 'zod/mini';
import { useCurrentKey } from '../../app/session.js';
import { maskStepSchema } from './mask-steps.js';

const inputSchema = z.object({ kind: z.enum(['image', 'file']), id: z.string() });
/** A picture that the server has. */
export type StoredInput = z.output<typeof inputSchema>;

const draftSchema = z.object({
  source: z.optional(inputSchema),
  /** Further pictures that the instruction may speak of. */
  further: z._default(z.array(inputSchema), []),
  text: z._default(z.string(), ''),
  avoid: z._default(z.array(z.string()), []),
  /** Slug; empty: none chosen yet. */
  model: z._default(z.string(), ''),
  steps: z._default(z.array(maskStepSchema), []),
  /** Steps that were undone, the last of them first to be redone. */
  undone: z._default(z.array(maskStepSchema), []),
  /** The edit of this source that was asked for last. */
  generation: z.optional(z.string()),
});

/** What somebody is about to change; ids and words only. */
export type EditDraft = z.output<typeof draftSchema>;
export const EMPTY_EDIT: EditDraft = draftSchema.parse({});

/** More than this is not worth keeping: a mask of thousands of strokes. Bytes. */
const MAX_BYTES = 1_000_000;

/** The draft of a key; it outlives reloads. */
export function useEditDraft(): readonly [EditDraft, (change: Partial<EditDraft>) => void] {
  const { id } = useCurrentKey();
  const place = `atelier.draft.edit.${id}`;
  const [draft, setDraft] = useState(() => parseEditDraft(localStorage.getItem(place)));
  useEffect(() => {
    const json = JSON.stringify(draft);
    localStorage.setItem(
      place,
      json.length <= MAX_BYTES ? json : JSON.stringify({ ...draft, steps: [], undone: [] }),
    );
  }, [place, draft]);
  const change = useCallback((changed: Partial<EditDraft>) => {
    setDraft((before) => ({ ...before, ...changed }));
  }, []);
  return [draft, change];
}

/** Reads a draft back; whatever does not fit any more is begun anew. */
export function parseEditDraft(json: string | null): EditDraft {
  try {
    const parsed = draftSchema.safeParse(JSON.parse(json ?? '{}'));
    return parsed.success ? parsed.data : EMPTY_EDIT;
  } catch {
    // Not written by us.
    return EMPTY_EDIT;
  }
}

/** The picture that an address names. */
export function inputOfQuery(query: URLSearchParams): StoredInput | undefined {
  for (const kind of ['image', 'file'] as const) {
    const id = query.get(kind);
    if (id !== null && /^[\w-]{1,100}$/.test(id)) return { kind, id };
  }
  return undefined;
}

/** Where a picture is edited. */
export function addressOf({ kind, id }: StoredInput): string {
  return `/edit?${kind}=${id}`;
}
