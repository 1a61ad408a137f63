import { createReadStream } from 'node:fs';
import { access, mkdir, open, rename, rm, utimes, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { hasBytes } from './download-verified.js';
import { MANIFEST, type ExportTarget } from './export-target.js';
import type { ExportedBytes } from './exported.js';

const line = z.looseObject({
  file: z.string(),
  image_id: z.string().optional(),
  file_id: z.string().optional(),
});

/** A folder that grows: what it has already is not fetched again, and its manifest keeps what earlier exports brought. */
export class FolderTarget implements ExportTarget {
  readonly #root: string;
  readonly #manifest: FileHandle;
  readonly #noted = new Set<string>();

  private constructor(root: string, manifest: FileHandle) {
    this.#root = root;
    this.#manifest = manifest;
  }

  static async open(root: string): Promise<FolderTarget> {
    await mkdir(root, { recursive: true });
    return new FolderTarget(root, await open(path.join(root, `${MANIFEST}.part`), 'w'));
  }

  has({ name, sha256 }: ExportedBytes): Promise<boolean> {
    return hasBytes(path.join(this.#root, name), sha256);
  }

  async openPlace({ name }: ExportedBytes): Promise<string> {
    const place = path.join(this.#root, `${name}.part`);
    await mkdir(path.dirname(place), { recursive: true });
    return place;
  }

  async take({ name }: ExportedBytes, place: string, createdAt: Date): Promise<void> {
    await utimes(place, createdAt, createdAt);
    await rename(place, path.join(this.#root, name));
  }

  async note(id: string, text: string): Promise<void> {
    this.#noted.add(id);
    await this.#manifest.write(`${text}\n`);
  }

  async finish(): Promise<void> {
    await this.#keepEarlier();
    await this.#manifest.close();
    await rename(path.join(this.#root, `${MANIFEST}.part`), path.join(this.#root, MANIFEST));
  }

  async abandon(): Promise<void> {
    await this.#manifest.close();
    await rm(path.join(this.#root, `${MANIFEST}.part`), { force: true });
  }

  /** Lines of pictures that this export was not about and that are still in the folder. */
  async #keepEarlier(): Promise<void> {
    const manifest = path.join(this.#root, MANIFEST);
    if (!(await exists(manifest))) return;
    for await (const text of createInterface({ input: createReadStream(manifest), crlfDelay: Infinity })) {
      const earlier = line.safeParse(parse(text)).data;
      if (earlier === undefined || this.#noted.has(earlier.image_id ?? earlier.file_id ?? '')) continue;
      // The manifest is a file that anybody may have changed: names lead nowhere else.
      const file = path.resolve(this.#root, earlier.file);
      if (!file.startsWith(path.resolve(this.#root) + path.sep) || !(await exists(file))) continue;
      await this.#manifest.write(`${text}\n`);
    }
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Somebody else's line.
    return undefined;
  }
}
