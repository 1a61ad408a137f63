import { skip, take } from './picture-walk.js';
import type { PictureDraft, Walk, WalkRequest } from './picture-walk.js';

const TRAILER = 0x3b;
const IMAGE = 0x2c;
const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const APPLICATION = 0xff;

/** Walks a GIF's blocks after the six bytes of its signature. */
export function* walkGif(draft: PictureDraft): Walk {
  const screen = yield take(7);
  draft.width = screen.readUInt16LE(0);
  draft.height = screen.readUInt16LE(2);
  yield skip(colourTableBytes(screen[4] ?? 0));
  let hasImage = false;
  for (;;) {
    const kind = (yield take(1))[0];
    if (kind === IMAGE) {
      const descriptor = yield take(9);
      yield skip(colourTableBytes(descriptor[8] ?? 0) + 1);
      yield* skipBlocks();
      hasImage = true;
    } else if (kind === EXTENSION) {
      const label = (yield take(1))[0];
      const length = (yield take(1))[0] ?? 0;
      const block = yield take(length);
      if (label === GRAPHIC_CONTROL && ((block[0] ?? 0) & 1) === 1) draft.hasAlpha = true;
      if (label === APPLICATION && block.toString('latin1', 0, 8) === 'C2PA_GIF') draft.c2pa = true;
      if (length > 0) yield* skipBlocks();
    } else {
      draft.complete = kind === TRAILER && hasImage;
      return;
    }
  }
}

function colourTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

/** Data comes in blocks of at most 255 bytes, each with its length in front, up to an empty one. */
function* skipBlocks(): Generator<WalkRequest, void, Buffer> {
  for (;;) {
    const length = (yield take(1))[0] ?? 0;
    if (length === 0) return;
    yield skip(length);
  }
}
