import { ApiFailure, callApi } from '../../api/client.js';
import { listedPictureOf, listedPictures, type ListedPicture } from '../../api/edits.js';
import type { StoredInput } from './edit-draft.js';
import { readKnownEdits, rememberEdit } from './known-edits.js';

/** A picture, and what was made from it. */
export interface HistoryNode {
  readonly input: StoredInput;
  /** undefined: an uploaded file. */
  readonly picture: ListedPicture | undefined;
  readonly children: readonly HistoryNode[];
}

const MOST_NODES = 60;
const MOST_CHILDREN = 20;
const MOST_STEPS_UP = 20;

/**
 * The tree that a picture is in: up to the first one, then down to all that were made from it.
 * @param made what was made from it last
 * @throws ApiFailure
 */
export async function loadHistory(
  keyId: string,
  input: StoredInput,
  made: string | undefined,
  signal: AbortSignal,
): Promise<HistoryNode> {
  if (input.kind === 'file' && made !== undefined) rememberEdit(keyId, input.id, made);
  const known = readKnownEdits(keyId);
  const seen = new Set<string>();
  let left = MOST_NODES;

  const descend = async (id: string, picture: ListedPicture): Promise<HistoryNode> => {
    seen.add(id);
    left -= 1;
    const children: HistoryNode[] = [];
    if (left > 0) {
      const { data } = await callApi(keyId, listedPictures({ parent: id, limit: MOST_CHILDREN }, signal));
      for (const child of data.toReversed()) {
        if (!seen.has(child.id) && left > 0) children.push(await descend(child.id, child));
      }
    }
    return { input: { kind: 'image', id }, picture, children };
  };
  const underFile = async (fileId: string): Promise<HistoryNode> => {
    const children: HistoryNode[] = [];
    for (const id of known[fileId] ?? []) {
      const picture = await find(keyId, id, signal);
      if (picture !== undefined && left > 0) children.push(await descend(id, picture));
    }
    return { input: { kind: 'file', id: fileId }, picture: undefined, children };
  };

  if (input.kind === 'file') return underFile(input.id);
  let root = await callApi(keyId, listedPictureOf(input.id, signal));
  for (let steps = 0; steps < MOST_STEPS_UP; steps += 1) {
    const [parent] = root.parents ?? [];
    const above = parent === undefined ? undefined : await find(keyId, parent, signal);
    if (above === undefined) break;
    root = above;
  }
  const file = Object.entries(known).find(([, made]) => made.includes(root.id))?.[0];
  return file === undefined ? descend(root.id, root) : underFile(file);
}

/** Without those that are gone. */
async function find(keyId: string, id: string, signal: AbortSignal): Promise<ListedPicture | undefined> {
  try {
    return await callApi(keyId, listedPictureOf(id, signal));
  } catch (error) {
    if (error instanceof ApiFailure && error.facts.status === 404) return undefined;
    throw error;
  }
}
