import type { Size } from '../../src/providers/model.js';
import { createSource, type MadePicture, type MaskShape, type SourceKind } from '../support/edit-pictures.js';
import type { Answer, TestServer } from '../support/server.js';

export const TRANSPORTS = ['multipart', 'data URI', 'image_base64', 'image_id'] as const;

/** An edit as the suite wishes it; what is undefined is not sent. */
export interface EditWish {
  readonly transport: (typeof TRANSPORTS)[number];
  readonly kind: SourceKind;
  readonly source: Size;
  readonly inputs: number;
  readonly mask: MaskShape | undefined;
  readonly size: Size | undefined;
  readonly n: number | undefined;
  readonly output_format: 'png' | 'jpeg' | 'webp' | 'avif' | undefined;
  readonly response_format: 'url' | 'b64_json' | undefined;
  readonly adapt: 'strict' | undefined;
}

/** A generated picture serves as the source of `image_id`. */
export interface Earlier {
  readonly id: string;
  readonly picture: MadePicture;
}

/** Pictures of earlier generations by format and size. */
export type EarlierPictures = (format: 'png' | 'jpeg' | 'webp', size: Size) => Promise<Earlier>;

export interface GivenSource {
  readonly picture: MadePicture;
  readonly imageId: string | undefined;
}

/** Every further input; none of them is ever masked. */
export const FURTHER = { kind: 'jpeg', size: { width: 400, height: 400 } } as const;
/** The same edit in any of the ways in which pictures can be sent. */
export async function sendEdit(
  server: TestServer,
  model: string,
  wish: EditWish,
  source: GivenSource,
  mask: MadePicture | undefined,
  more: Readonly<Record<string, string | boolean>> = {},
): Promise<Answer> {
  const further = await createSource(FURTHER.kind, FURTHER.size);
  const pictures = [source.picture, ...Array.from({ length: wish.inputs - 1 }, () => further)];
  const fields = {
    model,
    prompt: 'make it a winter evening',
    size: formatTarget(wish.size),
    n: wish.n,
    output_format: wish.output_format,
    response_format: wish.response_format ?? 'url',
    adapt: wish.adapt,
    ...more,
  };
  const post = (body: Readonly<Record<string, unknown>>) =>
    server.call('POST', '/v1/images/edits', { key: server.testKey, body: { ...fields, ...body } });
  switch (wish.transport) {
    case 'multipart':
      return sendForm(server, fields, pictures, mask);
    case 'image_base64':
      return post({
        image_base64: single(pictures.map(toBase64)),
        ...(mask === undefined ? {} : { mask_base64: toBase64(mask) }),
      });
    case 'data URI':
      return post({ image: single(pictures.map(toDataUri)), ...maskUri(mask) });
    case 'image_id': {
      const [, ...others] = pictures.map(toDataUri);
      return post({ image: single([{ image_id: source.imageId }, ...others]), ...maskUri(mask) });
    }
  }
}

async function sendForm(
  server: TestServer,
  fields: Readonly<Record<string, string | number | boolean | undefined>>,
  pictures: readonly MadePicture[],
  mask: MadePicture | undefined,
): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, String(value));
  for (const picture of pictures)
    form.append(pictures.length === 1 ? 'image' : 'image[]', toFile(picture), 'source');
  if (mask !== undefined) form.set('mask', toFile(mask), 'mask.png');
  const encoded = new Response(form);
  return server.call('POST', '/v1/images/edits', {
    key: server.testKey,
    headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
    raw: new Uint8Array(await encoded.arrayBuffer()),
  });
}

function toFile({ bytes, mimeType }: MadePicture): Blob {
  return new Blob([Uint8Array.from(bytes)], { type: mimeType });
}

function toBase64({ bytes }: MadePicture): string {
  return bytes.toString('base64');
}

function toDataUri(picture: MadePicture): string {
  return `data:${picture.mimeType};base64,${toBase64(picture)}`;
}

function maskUri(mask: MadePicture | undefined): { mask?: string } {
  return mask === undefined ? {} : { mask: toDataUri(mask) };
}

function single<T>(list: readonly T[]): T | readonly T[] | undefined {
  return list.length === 1 ? list[0] : list;
}

export function formatTarget(size: Size | undefined): string | undefined {
  return size === undefined ? undefined : `${size.width}x${size.height}`;
}
