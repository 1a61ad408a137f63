import { z } from 'zod';

/** A kept picture, as `GET /v1/images` lists it. */
export const listedImage = z.object({
  id: z.string(),
  created: z.number(),
  generation_id: z.string(),
  model: z.string(),
  operation: z.string(),
  prompt: z.string().optional(),
  revised_prompt: z.string().optional(),
  seed: z.number().optional(),
  width: z.number(),
  height: z.number(),
  mime_type: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  lost: z.literal(true).optional(),
  file_id: z.string().optional(),
  parents: z.array(z.string()).optional(),
  original_url: z.string().optional(),
  original: z
    .object({
      sha256: z.string(),
      bytes: z.number(),
      mime_type: z.string(),
      width: z.number(),
      height: z.number(),
    })
    .optional(),
});
export type ListedImage = z.output<typeof listedImage>;

/** A file, as `GET /v1/files` lists it. */
export const listedFile = z.object({
  id: z.string(),
  filename: z.string(),
  bytes: z.number(),
  purpose: z.string(),
  status: z.string(),
  mime_type: z.string(),
  width: z.number(),
  height: z.number(),
  sha256: z.string(),
  created_at: z.number(),
  expires_at: z.number().optional(),
  image_id: z.string().optional(),
  derived_from: z.string().optional(),
});
export type ListedFile = z.output<typeof listedFile>;

/** What of a generation belongs to its pictures. */
export const madeBy = z.object({
  receipt: z.looseObject({ prompt: z.string().optional(), prompt_sent: z.string().optional() }).optional(),
  adjustments: z.array(z.looseObject({})),
  metadata: z.record(z.string(), z.string()).optional(),
});

/** Bytes that are exported under a name. */
export interface ExportedBytes {
  /** Below the export's root, with slashes. */
  readonly name: string;
  /** Path on the server. */
  readonly source: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** One line of the manifest, and the bytes that it tells of. */
export interface Exported {
  readonly id: string;
  readonly createdAt: Date;
  readonly parts: readonly ExportedBytes[];
  /** Why it has no bytes. */
  readonly problem: string | undefined;
  readonly entry: Readonly<Record<string, unknown>>;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/gif': 'gif',
};

/** A kept picture, with what its generation says of it. */
export function exportImage(image: ListedImage, made: z.output<typeof madeBy> | undefined): Exported {
  const createdAt = new Date(image.created * 1000);
  const name = (folder: string, mimeType: string) =>
    fileName(folder, createdAt, [image.model, image.id], mimeType);
  const { original, original_url: originalUrl, file_id: fileId = '' } = image;
  const picture = {
    name: name('pictures', image.mime_type),
    source: `/v1/files/${encodeURIComponent(fileId)}/content`,
    sha256: image.sha256,
    sizeBytes: image.bytes,
  };
  const signed =
    original === undefined || originalUrl === undefined
      ? undefined
      : {
          name: name('originals', original.mime_type),
          source: linkPath(originalUrl),
          sha256: original.sha256,
          sizeBytes: original.bytes,
        };
  const receipt = made?.receipt;
  return {
    id: image.id,
    createdAt,
    parts: [picture, ...(signed === undefined ? [] : [signed])],
    problem: image.lost === true ? 'its bytes are lost on the server' : undefined,
    entry: {
      file: picture.name,
      kind: 'picture',
      file_id: fileId,
      image_id: image.id,
      generation_id: image.generation_id,
      sha256: image.sha256,
      bytes: image.bytes,
      mime_type: image.mime_type,
      width: image.width,
      height: image.height,
      created: createdAt.toISOString(),
      model: image.model,
      operation: image.operation,
      prompt: receipt?.prompt ?? image.prompt,
      prompt_sent: receipt?.prompt_sent,
      revised_prompt: image.revised_prompt,
      seed: image.seed,
      parents: image.parents,
      adjustments: made?.adjustments,
      metadata: made?.metadata,
      receipt,
      original: signed === undefined ? undefined : { file: signed.name, ...original },
    },
  };
}

/** A file that somebody uploaded. */
export function exportFile(file: ListedFile): Exported {
  const createdAt = new Date(file.created_at * 1000);
  const base = file.filename.replace(/\.[^.]*$/, '');
  const bytes = {
    name: fileName('uploads', createdAt, [file.id, base], file.mime_type),
    source: `/v1/files/${encodeURIComponent(file.id)}/content`,
    sha256: file.sha256,
    sizeBytes: file.bytes,
  };
  return {
    id: file.id,
    createdAt,
    parts: [bytes],
    problem: file.status === 'error' ? 'its bytes are lost on the server' : undefined,
    entry: {
      file: bytes.name,
      kind: 'upload',
      file_id: file.id,
      filename: file.filename,
      purpose: file.purpose,
      sha256: file.sha256,
      bytes: file.bytes,
      mime_type: file.mime_type,
      width: file.width,
      height: file.height,
      created: createdAt.toISOString(),
      expires: file.expires_at === undefined ? undefined : new Date(file.expires_at * 1000).toISOString(),
    },
  };
}

/**
 * A name that every file system takes, whatever it makes of capitals and accents; an id in it makes it the only one. The same
 * picture always has the same name.
 */
function fileName(folder: string, createdAt: Date, words: readonly string[], mimeType: string): string {
  const day = createdAt.toISOString().slice(0, 10);
  const safe = words
    .map((word) =>
      word
        .normalize('NFKD')
        .replace(/[^A-Za-z0-9._-]+/g, '-')
        .replace(/\.{2,}/g, '.')
        .slice(0, 60)
        .replace(/^[-.]+|[-.]+$/g, ''),
    )
    .filter((word) => word !== '');
  return `${folder}/${day.slice(0, 7)}/${[day, ...safe].join('_')}.${EXTENSIONS[mimeType] ?? 'bin'}`;
}

/** A link without its server: the command line may know that by another address. */
function linkPath(link: string): string {
  const { pathname, search } = new URL(link);
  return pathname.slice(pathname.lastIndexOf('/i/')) + search;
}
