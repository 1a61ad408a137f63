/** Offsets in a file; the end is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What one format's reader found, as raw bytes. */
export interface Found {
  /** Content credentials: where they stand, and their JUMBF boxes as far as they can be read. */
  readonly c2pa: { readonly place: string; readonly boxes: Buffer | undefined } | undefined;
  /** The XMP packets, as stored; undefined for those behind the first, and for one that can't be unpacked. */
  readonly packets: readonly (Buffer | undefined)[];
  /**
   * The file with this packet: in place of its only one, or where the format wants it. Undefined when the structure is not
   * simple enough to be sure that nothing else changes.
   */
  readonly put: (packet: Buffer) => Buffer | undefined;
}

/** An XMP packet is a few kilobytes; one with a large history stays below this. */
export const MAX_PACKET_BYTES = 1024 * 1024;

/** A copy with one span replaced. */
export function splice(bytes: Buffer, span: Span, piece: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, span.from), piece, bytes.subarray(span.to)]);
}
