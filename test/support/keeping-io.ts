/** The gateway's world for adapters over real HTTP, with the bytes of every picture kept. */
import { createHash } from 'node:crypto';
import type { Transport } from '../../src/images/transport.js';
import type { Endpoint, ImageSink, ProviderIo } from '../../src/providers/provider.js';
import { changeIo } from './changed-io.js';
import { createWireIo, type TestInputs, type WireIo } from './wire-io.js';

export interface KeepingIo extends WireIo {
  /** The bytes of a stored picture. */
  bytesOf(image: { readonly sha256: string }): Buffer;
  /** Pictures that were stored and thrown away again. */
  readonly discarded: readonly string[];
}

export function createKeepingIo(
  transport: Transport,
  endpoint: Partial<Endpoint> & Pick<Endpoint, 'baseUrl'>,
  options: {
    readonly signal?: AbortSignal;
    readonly inputs?: TestInputs;
    readonly sleep?: ProviderIo['sleep'];
  } = {},
): KeepingIo {
  const kept = new Map<string, Buffer>();
  const discarded: string[] = [];
  const openImage = (): ImageSink => {
    const chunks: Buffer[] = [];
    let sha256 = '';
    return {
      write: (chunk) => {
        chunks.push(Buffer.from(chunk));
        return Promise.resolve();
      },
      finish: () => {
        const bytes = Buffer.concat(chunks);
        sha256 = createHash('sha256').update(bytes).digest('hex');
        kept.set(sha256, bytes);
        return Promise.resolve({ sha256, sizeBytes: bytes.length, picture: undefined });
      },
      discard: () => {
        discarded.push(sha256);
        return Promise.resolve();
      },
    };
  };
  const full: Endpoint = { apiKey: undefined, emulated: true, extra: {}, ...endpoint };
  const signal = options.signal ?? new AbortController().signal;
  const io = changeIo(createWireIo(transport, full, signal, options.inputs), {
    openImage,
    ...(options.sleep === undefined ? {} : { sleep: options.sleep }),
  });
  return Object.assign(io, {
    bytesOf: ({ sha256 }: { readonly sha256: string }) => kept.get(sha256) ?? Buffer.alloc(0),
    discarded,
  });
}
