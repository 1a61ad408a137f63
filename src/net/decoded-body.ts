import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

const PACKING = new Set(['content-encoding', 'content-length']);

/**
 * The bytes of an answer as they were before they were packed. Nobody asks servers for that, and some proxies do it all the
 * same. Whoever reads bounds how many bytes it takes.
 * @param headers with lower-case names; those that come back say nothing of the packing any more
 */
export function decodedBody(
  headers: Readonly<Record<string, string>>,
  body: Readable,
): { readonly headers: Record<string, string>; readonly body: Readable } {
  const decoder = DECODERS[headers['content-encoding']?.trim().toLowerCase() ?? '']?.();
  if (decoder === undefined) return { headers: { ...headers }, body };
  pipeline(body, decoder, () => {
    // A failure of the one destroys the other with it: the reader gets it.
  });
  const others = Object.entries(headers).filter(([name]) => !PACKING.has(name));
  return { headers: Object.fromEntries(others), body: decoder };
}
