import type { Box } from './boxes.js';
import { boxesOf } from './boxes.js';
import { Cursor, readOrNote } from './cursor.js';

/** Manifests nest five deep: store, manifest, assertion store, assertion, content. */
const MAX_DEPTH = 8;
const MAX_BOXES = 2000;
const [REQUESTABLE, HAS_LABEL] = [0x01, 0x02];

/** A JUMBF superbox (ISO/IEC 19566-5): a description and what it holds. */
export interface Superbox {
  readonly label: string | undefined;
  /** The first four bytes of its type, which are letters: `c2pa`, `c2ma`, `cbor`, `json`. */
  readonly kind: string;
  readonly superboxes: readonly Superbox[];
  readonly contents: readonly { readonly type: string; readonly body: Buffer }[];
}

/** Reads the first superbox. What makes no sense is left out with a remark; depth and number of boxes are bounded. */
export function readSuperbox(bytes: Buffer, problems: Set<string>): Superbox | undefined {
  const budget = { boxes: MAX_BOXES };
  return readOrNote(problems, 'The JUMBF boxes make no sense.', () => {
    const first = boxesOf(bytes).next();
    if (first.done === true || first.value.type !== 'jumb') throw new RangeError('no superbox');
    return readInner(first.value, 0, budget, problems);
  });
}

interface Draft {
  description: Description | undefined;
  readonly superboxes: Superbox[];
  readonly contents: { readonly type: string; readonly body: Buffer }[];
}

function readInner(box: Box, depth: number, budget: { boxes: number }, problems: Set<string>): Superbox {
  const draft: Draft = { description: undefined, superboxes: [], contents: [] };
  // What came before the damage is kept.
  readOrNote(problems, 'A JUMBF box is damaged, or there are too many.', () => {
    for (const child of boxesOf(box.body)) {
      budget.boxes -= 1;
      if (budget.boxes < 0 || depth >= MAX_DEPTH) throw new RangeError('too many boxes');
      if (draft.description === undefined) draft.description = readDescription(child);
      else if (child.type === 'jumb') draft.superboxes.push(readInner(child, depth + 1, budget, problems));
      else draft.contents.push({ type: child.type, body: child.body });
    }
  });
  const { description, superboxes, contents } = draft;
  return { label: description?.label, kind: description?.kind ?? '', superboxes, contents };
}

interface Description {
  readonly kind: string;
  readonly label: string | undefined;
}

function readDescription(box: Box): Description {
  if (box.type !== 'jumd') throw new RangeError('superbox without a description');
  const cursor = new Cursor(box.body);
  const kind = cursor.take(16).toString('latin1', 0, 4);
  const hasLabel = (cursor.uint(1) & (REQUESTABLE | HAS_LABEL)) === (REQUESTABLE | HAS_LABEL);
  return { kind, label: hasLabel ? cursor.zeroEndedText() : undefined };
}
