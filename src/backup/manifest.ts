import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** Names within a backup. */
export const MANIFEST = 'manifest.json';
export const SQLITE_COPY = 'database.sqlite';
export const POSTGRES_DUMP = 'database.dump';
export const SECRET_COPY = 'secret';
export const PICTURES = 'pictures';

const part = z.object({
  file: z.string(),
  size_bytes: z.int().min(0),
  /** Hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What a backup says of itself. It is written last: a folder without one is no backup. */
export const manifestSchema = z.object({
  format: z.literal('atelier-backup'),
  version: z.literal(1),
  made_at: z.iso.datetime(),
  atelier: z.string(),
  database: part.extend({
    kind: z.enum(['sqlite', 'postgres']),
    /** The last change of the schema that it has seen. */
    schema: z.string(),
  }),
  /** The generated secret of the data folder. Left out where ATELIER_SECRET is set: it is kept by whoever set it. */
  secret: part.optional(),
  /** `copied`: each is a file below `pictures`, named by its SHA-256. `referred`: they stay in the bucket. */
  pictures: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('copied'), count: z.int().min(0), size_bytes: z.int().min(0) }),
    z.object({ kind: z.literal('referred'), bucket: z.string(), prefix: z.string() }),
  ]),
});
export type Manifest = z.output<typeof manifestSchema>;
export type ManifestPart = z.output<typeof part>;

/** @throws Error in words for the operator where the folder holds no backup that this version understands */
export async function readManifest(folder: string): Promise<Manifest> {
  let text;
  try {
    text = await readFile(path.join(folder, MANIFEST), 'utf8');
  } catch (error) {
    throw new Error(`${folder} holds no backup: it has no ${MANIFEST}`, { cause: error });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${MANIFEST} of ${folder} can not be read`, { cause: error });
  }
  const read = manifestSchema.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Error(
    `${MANIFEST} of ${folder} is not understood: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  );
}

/** Describes a file of a backup. */
export async function describePart(folder: string, file: string): Promise<ManifestPart> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path.join(folder, file))) {
    if (!Buffer.isBuffer(chunk)) continue;
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { file, size_bytes: sizeBytes, sha256: hash.digest('hex') };
}

/** @throws Error when the file is not the one that was written */
export async function verifyPart(folder: string, { file, size_bytes, sha256 }: ManifestPart): Promise<void> {
  // A name that leads out of the folder is nobody's.
  if (path.basename(file) !== file) throw new Error(`${MANIFEST} names a file outside of the backup`);
  const found = await describePart(folder, file);
  if (found.sha256 === sha256 && found.size_bytes === size_bytes) return;
  throw new Error(`${file} is damaged: its SHA-256 is not the one in ${MANIFEST}`);
}
