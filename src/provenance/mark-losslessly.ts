import { measureBuffer } from '../pixels/measure.js';
import type { XmpFacts } from '../pixels/xmp.js';
import { asBuffer, findProvenance } from './find-provenance.js';
import { packetWith, readPacket, statesFacts } from './xmp-packet.js';

/**
 * Writes the facts into a picture as XMP; the compressed pixels keep their very bytes. A packet that is there is kept, with
 * the facts added. Bytes that state exactly these facts already are given back as they are, so that marking twice changes
 * nothing. Undefined, and the picture should stay as it is, when it carries C2PA (any change breaks its signature),
 * when its packet says something of ours already, or when its structure is damaged or not simple enough.
 */
export function markLosslessly(bytes: Uint8Array, facts: XmpFacts): Uint8Array | undefined {
  const picture = measureBuffer(bytes);
  const problems = new Set<string>();
  const found = findProvenance(asBuffer(bytes), problems);
  if (found === undefined || picture?.complete !== true || picture.c2pa || found.c2pa !== undefined)
    return undefined;
  const present = readPacket(found.packets[0], problems);
  // What could not be read can't be kept either.
  if (problems.size > 0 || found.packets.length > 1) return undefined;
  if (present !== undefined && statesFacts(present, facts)) return bytes;
  const packet = packetWith(facts, present);
  const marked = packet === undefined ? undefined : found.put(packet);
  return marked !== undefined && isMarkedVersion(marked, picture, facts) ? marked : undefined;
}

/** Looks at the outcome as a stranger would: the same picture, whole, with the facts. */
function isMarkedVersion(
  marked: Buffer,
  picture: NonNullable<ReturnType<typeof measureBuffer>>,
  facts: XmpFacts,
): boolean {
  const measured = measureBuffer(marked);
  const problems = new Set<string>();
  const packets = findProvenance(marked, problems)?.packets ?? [];
  const read = readPacket(packets[0], problems);
  return (
    problems.size === 0 &&
    packets.length === 1 &&
    read !== undefined &&
    statesFacts(read, facts) &&
    measured?.complete === true &&
    measured.mimeType === picture.mimeType &&
    measured.width === picture.width &&
    measured.height === picture.height &&
    measured.hasAlpha === picture.hasAlpha
  );
}
