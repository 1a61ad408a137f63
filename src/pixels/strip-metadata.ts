import { readProvenance } from '../provenance/read-provenance.js';
import { measureBuffer } from './measure.js';
import { mendWebpHead, stripPng, stripWebp } from './strip-chunks.js';
import { stripJpeg } from './strip-jpeg.js';
import type { Stripped } from './stripped.js';

const STRIPPERS = { 'image/jpeg': stripJpeg, 'image/png': stripPng, 'image/webp': stripWebp } as const;

/** Assertions of content credentials in which cameras and people write places, times and names. */
const PERSONAL_ASSERTIONS = /^(stds\.|c2pa\.metadata|cawg\.)/;

/**
 * Takes out of a JPEG, PNG or WebP all that says something about its maker, place or time and that no pixel needs: EXIF, XMP,
 * IPTC, comments, thumbnails, and what stands behind the picture. The compressed pixels and the colour profile keep their
 * very bytes. A stored orientation goes too: pictures are turned upright before. Content credentials stay where they are
 * the only metadata and hold no such thing.
 * @returns undefined when the structure is too odd to be sure; then only new pixels are clean
 */
export function stripMetadata(bytes: Uint8Array, mimeType: keyof typeof STRIPPERS): Stripped | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strip = STRIPPERS[mimeType];
  const careful = strip(file, { keepCredentials: true });
  if (careful === undefined) return undefined;
  if (careful.removed.size === 0 && !hasPersonalCredentials(bytes))
    return { bytes: file, removed: careful.removed };
  const keeper = strip(file, { keepCredentials: false });
  if (keeper === undefined) return undefined;
  const stripped = keeper.bytesOf(file);
  if (mimeType === 'image/webp' && stripped !== file) mendWebpHead(stripped);
  return isSamePicture(bytes, stripped) ? { bytes: stripped, removed: keeper.removed } : undefined;
}

function hasPersonalCredentials(bytes: Uint8Array): boolean {
  const { c2pa } = readProvenance(bytes);
  if (c2pa === undefined) return false;
  return c2pa.manifests.some(({ assertions }) => assertions.some((label) => PERSONAL_ASSERTIONS.test(label)));
}

/** Looks at the outcome as a stranger would. */
function isSamePicture(before: Uint8Array, after: Uint8Array): boolean {
  const [one, two] = [measureBuffer(before), measureBuffer(after)];
  return (
    two?.complete === true &&
    one?.mimeType === two.mimeType &&
    one.width === two.width &&
    one.height === two.height &&
    one.hasAlpha === two.hasAlpha
  );
}
