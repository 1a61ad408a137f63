import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { CliError } from '../client.js';
import { MANIFEST, type ExportTarget } from './export-target.js';
import type { ExportedBytes } from './exported.js';

/**
 * A zip file that is written as its pictures come. They wait in the system's folder for temporary files until they are found
 * to be right, because what is in a zip can't be taken out again; the manifest waits there until the end.
 */
export class ZipTarget implements ExportTarget {
  readonly #file: string | undefined;
  readonly #waiting: string;
  readonly #manifest: FileHandle;
  readonly #zip = new ZipFile();
  readonly #written: Promise<void>;
  readonly #failed = new AbortController();
  #places = 0;

  /** @param file undefined: to standard output */
  static async open(file: string | undefined): Promise<ZipTarget> {
    // First of all, so that a place that can't be written is told before anything is fetched.
    const output =
      file === undefined ? process.stdout : (await open(`${file}.part`, 'w')).createWriteStream();
    const waiting = await mkdtemp(path.join(tmpdir(), 'atelier-export-'));
    return new ZipTarget(file, output, waiting, await open(path.join(waiting, MANIFEST), 'w'));
  }

  private constructor(file: string | undefined, output: Writable, waiting: string, manifest: FileHandle) {
    this.#file = file;
    this.#waiting = waiting;
    this.#manifest = manifest;
    this.#written = pipeline(this.#zip.outputStream, output, { end: file !== undefined });
    this.#written.catch((error: unknown) => {
      this.#failed.abort(error);
    });
  }

  has(): Promise<boolean> {
    return Promise.resolve(false);
  }

  openPlace(): Promise<string> {
    this.#places += 1;
    return Promise.resolve(path.join(this.#waiting, String(this.#places)));
  }

  async take({ name, sizeBytes }: ExportedBytes, place: string, createdAt: Date): Promise<void> {
    // Pictures are compressed already.
    await this.#add(place, name, { mtime: createdAt, compress: false, size: sizeBytes });
    await rm(place, { force: true });
  }

  async note(_id: string, text: string): Promise<void> {
    await this.#manifest.write(`${text}\n`);
  }

  async finish(): Promise<void> {
    await this.#manifest.close();
    const manifest = path.join(this.#waiting, MANIFEST);
    const { size } = await stat(manifest);
    await this.#add(manifest, MANIFEST, { mtime: new Date(), compress: true, size });
    this.#zip.end();
    await this.#written;
    await rm(this.#waiting, { recursive: true, force: true });
    if (this.#file !== undefined) await rename(`${this.#file}.part`, this.#file);
  }

  async abandon(): Promise<void> {
    this.#zip.outputStream.unpipe();
    await rm(this.#waiting, { recursive: true, force: true });
    if (this.#file !== undefined) await rm(`${this.#file}.part`, { force: true });
  }

  /** Returns when the zip has taken all of it. */
  async #add(
    place: string,
    name: string,
    options: { readonly mtime: Date; readonly compress: boolean; readonly size: number },
  ): Promise<void> {
    const stream = createReadStream(place);
    const taken = once(stream, 'close', { signal: this.#failed.signal });
    this.#zip.addReadStream(stream, name, { ...options, mode: 0o100644 });
    try {
      await taken;
    } catch (error) {
      const reason: unknown = this.#failed.signal.reason ?? error;
      throw new CliError(
        `the zip can't be written: ${reason instanceof Error ? reason.message : 'unknown error'}`,
      );
    }
  }
}
