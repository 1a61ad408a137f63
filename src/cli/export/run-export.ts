import { rm } from 'node:fs/promises';
import type { Connection } from '../client.js';
import { downloadVerified, type Downloaded } from './download-verified.js';
import type { ExportTarget } from './export-target.js';
import type { Exported, ExportedBytes } from './exported.js';

export interface ExportSummary {
  /** Pictures and files that are there now, and their bytes. */
  pictures: number;
  bytes: number;
  downloaded: number;
  downloadedBytes: number;
  /** Deleted on the server since they were listed. */
  gone: number;
  failed: number;
}

interface ExportParts {
  readonly connection: Connection;
  readonly target: ExportTarget;
  /** Downloads at once. */
  readonly concurrency: number;
  readonly onProblem: (id: string, problem: string) => void;
  readonly onProgress: (so: ExportSummary) => void;
}

/** A part that lies ready. */
interface Ready {
  readonly bytes: ExportedBytes;
  /** Where it was downloaded to; undefined: the target has it already. */
  readonly place: string | undefined;
}

type Fetched = { readonly ready: readonly Ready[] } | Exclude<Downloaded, 'right'>;

/** Brings pictures to where they are wanted, some at once, in their order. What fails is told, and the others go on. */
export async function runExport(list: AsyncIterable<Exported>, parts: ExportParts): Promise<ExportSummary> {
  const { target, onProblem, onProgress } = parts;
  const summary = { pictures: 0, bytes: 0, downloaded: 0, downloadedBytes: 0, gone: 0, failed: 0 };
  for await (const [exported, fetched] of inOrder(list, parts.concurrency, (one) => fetchParts(one, parts))) {
    if (fetched === 'gone') {
      summary.gone += 1;
      continue;
    }
    if ('problem' in fetched) {
      summary.failed += 1;
      onProblem(exported.id, fetched.problem);
      await target.note(exported.id, JSON.stringify({ ...exported.entry, problem: fetched.problem }));
      continue;
    }
    for (const { bytes, place } of fetched.ready) {
      summary.bytes += bytes.sizeBytes;
      if (place === undefined) continue;
      await target.take(bytes, place, exported.createdAt);
      summary.downloaded += 1;
      summary.downloadedBytes += bytes.sizeBytes;
    }
    summary.pictures += 1;
    await target.note(exported.id, JSON.stringify(exported.entry));
    onProgress(summary);
  }
  return summary;
}

/** The picture and its original, or neither. */
async function fetchParts(
  { parts, problem }: Exported,
  { connection, target }: ExportParts,
): Promise<Fetched> {
  if (problem !== undefined) return { problem };
  const ready: Ready[] = [];
  for (const bytes of parts) {
    if (await target.has(bytes)) {
      ready.push({ bytes, place: undefined });
      continue;
    }
    const place = await target.openPlace(bytes);
    ready.push({ bytes, place });
    const downloaded = await downloadVerified(connection, bytes, place);
    if (downloaded === 'right') continue;
    for (const { place: useless } of ready) if (useless !== undefined) await rm(useless, { force: true });
    return downloaded;
  }
  return { ready };
}

/** Works on up to `count` things at once and gives the results in the order of the things. */
async function* inOrder<T, R>(
  things: AsyncIterable<T>,
  count: number,
  work: (thing: T) => Promise<R>,
): AsyncGenerator<readonly [T, R]> {
  const running: { readonly thing: T; readonly result: Promise<R> }[] = [];
  for await (const thing of things) {
    const result = work(thing);
    // Told when its turn comes.
    result.catch(() => {});
    running.push({ thing, result });
    const first = running.length < count ? undefined : running.shift();
    if (first !== undefined) yield [first.thing, await first.result];
  }
  for (const { thing, result } of running) yield [thing, await result];
}
