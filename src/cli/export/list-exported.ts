import { z } from 'zod';
import { ApiError, callApi, type Connection } from '../client.js';
import { exportFile, exportImage, listedFile, listedImage, madeBy, type Exported } from './exported.js';

/** Which pictures are exported. undefined lets everything through. */
export interface ExportWish {
  /** Filters of `GET /v1/images`, as they go into the query. */
  readonly filters: Readonly<Record<string, string>>;
  /** Those of them that files have as well. */
  readonly times: Readonly<Record<string, string>>;
  /** Uploaded files too. */
  readonly allFiles: boolean;
}

const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ data: z.array(item), has_more: z.boolean(), last_id: z.string().optional() });
const imagePage = page(listedImage);
const filePage = page(listedFile);

/** What is to be exported, oldest first, a page of it in memory at a time. */
export async function* listExported(connection: Connection, wish: ExportWish): AsyncGenerator<Exported> {
  const made = new LastGeneration(connection);
  const kept = { limit: '100', order: 'asc', kept: 'true', ...wish.filters, ...wish.times };
  for await (const image of pages(connection, '/v1/images', imagePage, kept)) {
    yield exportImage(image, await made.find(image.generation_id));
  }
  if (!wish.allFiles) return;
  const all = { limit: '1000', order: 'asc', ...wish.times };
  // Signed originals of kept pictures are files too; they are exported beside those.
  const originals = new Set<string>();
  for await (const { derived_from: original } of pages(connection, '/v1/files', filePage, all)) {
    if (original !== undefined) originals.add(original);
  }
  for await (const file of pages(connection, '/v1/files', filePage, all)) {
    if (file.image_id === undefined && !originals.has(file.id)) yield exportFile(file);
  }
}

async function* pages<Item>(
  connection: Connection,
  path: string,
  schema: z.ZodType<{ data: Item[]; has_more: boolean; last_id?: string | undefined }>,
  filters: Readonly<Record<string, string>>,
): AsyncGenerator<Item> {
  const query = new URLSearchParams(filters);
  for (let more = true; more;) {
    const answer = await callApi(connection, 'GET', `${path}?${query.toString()}`, schema);
    yield* answer.data;
    query.set('after', answer.last_id ?? '');
    more = answer.has_more;
  }
}

/** Pictures of one generation follow each other, so that it is asked for once. */
class LastGeneration {
  readonly #connection: Connection;
  #id = '';
  #found: z.output<typeof madeBy> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async find(id: string): Promise<z.output<typeof madeBy> | undefined> {
    if (id === this.#id) return this.#found;
    const path = `/v1/images/generations/${encodeURIComponent(id)}`;
    this.#found = await callApi(this.#connection, 'GET', path, madeBy).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    });
    this.#id = id;
    return this.#found;
  }
}
