import * as z from 'zod/mini';

const schema = z.record(z.string(), z.array(z.string()));
const MOST_FILES = 50;

const placeOf = (keyId: string) => `atelier.edits.${keyId}`;

/** Pictures that were made from an uploaded file here; the server lists those made from pictures only. */
export function readKnownEdits(keyId: string): Readonly<Record<string, readonly string[]>> {
  try {
    const parsed = schema.safeParse(JSON.parse(localStorage.getItem(placeOf(keyId)) ?? '{}'));
    return parsed.success ? parsed.data : {};
  } catch {
    // Not written by us.
    return {};
  }
}

/** Remembers a picture that was made from a file; ids only. */
export function rememberEdit(keyId: string, fileId: string, imageId: string): void {
  const { [fileId]: before = [], ...others } = readKnownEdits(keyId);
  if (before.includes(imageId)) return;
  const kept = Object.entries(others).slice(-MOST_FILES + 1);
  localStorage.setItem(
    placeOf(keyId),
    JSON.stringify(Object.fromEntries([...kept, [fileId, [...before, imageId]]])),
  );
}
