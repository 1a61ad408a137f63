import { useQuery } from '@tanstack/react-query';
import { ApiFailure, callApi, send } from '../api/client.js';
import { listedPictureOf, type EditInput } from '../api/edits.js';
import { useCurrentKey } from '../app/session.js';

/** The pixels of a picture, upright. @throws ApiFailure for one that is gone or can't be shown */
export function usePixels(input: EditInput) {
  const { id: keyId } = useCurrentKey();
  return useQuery({
    queryKey: [keyId, 'pixels', input.kind, input.kind === 'bytes' ? nameOfBytes(input.blob) : input.id],
    queryFn: async ({ signal }) => decode(await readBytes(keyId, input, signal)),
    staleTime: Infinity,
    // Pixels are large.
    gcTime: 30_000,
  });
}

async function readBytes(keyId: string, input: EditInput, signal: AbortSignal): Promise<Blob> {
  switch (input.kind) {
    case 'bytes':
      return input.blob;
    case 'file':
      return (await send(keyId, `/v1/files/${input.id}/content`, { signal })).blob();
    case 'image': {
      const { url } = await callApi(keyId, listedPictureOf(input.id, signal));
      if (url === undefined) {
        throw new ApiFailure('The picture was not kept, and its time is over.', {
          status: 410,
          code: 'image_expired',
        });
      }
      // The server may be reached by several names: this page asks the one that it came from.
      const { pathname, search } = new URL(url, window.location.origin);
      return (await send(keyId, pathname + search, { signal })).blob();
    }
  }
}

async function decode(blob: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(blob);
  } catch {
    throw new ApiFailure(
      'This is no picture that the browser can show. PNG, JPEG, WebP, AVIF and GIF are taken.',
      {
        status: 0,
        code: 'invalid_image',
      },
    );
  }
}

const names = new WeakMap<Blob, string>();
let lastName = 0;

function nameOfBytes(blob: Blob): string {
  const known = names.get(blob);
  if (known !== undefined) return known;
  lastName += 1;
  names.set(blob, String(lastName));
  return String(lastName);
}
