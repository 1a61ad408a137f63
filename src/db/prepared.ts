import { sql, type Compilable, type CompiledQuery, type Kysely, type RawBuilder } from 'kysely';
import { invariant } from '../errors.js';
import type { Database } from './schema.js';

/** Stands in a compiled query where a value goes. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A query whose text is made once for each database; only its values differ from run to run. */
export interface Prepared<V, R> {
  execute(db: Kysely<Database>, values: V): Promise<readonly R[]>;
  /** The first row, or undefined. */
  first(db: Kysely<Database>, values: V): Promise<R | undefined>;
  /** @returns how many rows were written */
  write(db: Kysely<Database>, values: V): Promise<number>;
}

/**
 * Makes a query ready for many runs. Building and compiling one with Kysely costs several times what SQLite needs to run
 * it, and a picture takes two dozen: those on its way are written like this.
 * @param build called once per database, with placeholders in the place of values; what it makes must not depend on them
 */
export function prepare<V extends object, R>(
  build: (
    db: Kysely<Database>,
    value: <K extends keyof V & string>(name: K) => RawBuilder<V[K]>,
  ) => Compilable<R>,
): Prepared<V, R> {
  // Kysely's adapter stands for the database; transactions share it.
  const compiled = new WeakMap<object, CompiledQuery<R>>();
  const run = (db: Kysely<Database>, values: V) => {
    const { adapter } = db.getExecutor();
    let query = compiled.get(adapter);
    if (query === undefined) {
      query = build(db, (name) => sql`${new Placeholder(name)}`).compile();
      compiled.set(adapter, query);
    }
    const given = new Map<string, unknown>(Object.entries(values));
    return db.executeQuery<R>({
      ...query,
      parameters: query.parameters.map((parameter) => {
        if (!(parameter instanceof Placeholder)) return parameter;
        const value = given.get(parameter.name);
        invariant(value !== undefined, 'every placeholder has a value');
        return value;
      }),
    });
  };
  return {
    execute: async (db, values) => (await run(db, values)).rows,
    first: async (db, values) => (await run(db, values)).rows[0],
    write: async (db, values) => Number((await run(db, values)).numAffectedRows ?? 0n),
  };
}
