import type { ModelEntry } from '../providers/model.js';

/** The entry as it holds for an operation: what edits say differently stands in the place of the general values. */
export function entryFor(entry: ModelEntry, operation: 'generate' | 'edit'): ModelEntry {
  const { edit } = entry;
  if (operation === 'generate' || edit === undefined) return entry;
  return { ...entry, params: { ...entry.params, ...edit.params }, pricing: edit.pricing ?? entry.pricing };
}
