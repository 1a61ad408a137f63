import {
  sql,
  type Compilable,
  type CompiledQuery,
  type Insertable,
  type InsertResult,
  type Kysely,
  type RawBuilder,
} from 'kysely';
import { invariant } from '../errors.js';
import type { Database } from './schema.js';

/** What a statement gave. */
export interface StatementResult<R> {
  readonly rows: readonly R[];
  readonly changedRows: number;
}

/**
 * One statement that is run at once, without the layers of Kysely between, each of which is a promise.
 * @param inTransaction whether it belongs to the transaction that is open now
 * @returns undefined where it has to go through Kysely
 */
export type DirectStatement<R> = (
  parameters: readonly unknown[],
  inTransaction: boolean,
) => StatementResult<R> | undefined;

/** Makes direct statements of one database. */
export interface DirectRunner {
  prepare<R>(query: CompiledQuery<R>): DirectStatement<R>;
}

/** By Kysely's adapter, which stands for the database: transactions share it. */
const directRunners = new WeakMap<object, DirectRunner>();

/** Lets the prepared queries of a database take the short way. */
export function setDirectRunner(kysely: Kysely<Database>, runner: DirectRunner): void {
  directRunners.set(kysely.getExecutor().adapter, runner);
}

/** A query whose text is made once for each database; only its values differ from run to run. */
export interface Prepared<V, R> {
  execute(db: Kysely<Database>, values: V): Promise<readonly R[]>;
  /** The first row, or undefined. */
  first(db: Kysely<Database>, values: V): Promise<R | undefined>;
  /** @returns how many rows were written */
  write(db: Kysely<Database>, values: V): Promise<number>;
}

/** A query as it is for one database. */
interface Ready<V, R> {
  readonly query: CompiledQuery<R>;
  readonly parametersOf: (values: V) => unknown[];
  readonly direct: DirectStatement<R> | undefined;
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
  const ready = new WeakMap<object, Ready<V, R>>();
  const run = async (db: Kysely<Database>, values: V): Promise<StatementResult<R>> => {
    const { adapter } = db.getExecutor();
    let known = ready.get(adapter);
    if (known === undefined) {
      known = makeReady(db, build, directRunners.get(adapter));
      ready.set(adapter, known);
    }
    const parameters = known.parametersOf(values);
    const direct = known.direct?.(parameters, db.isTransaction);
    if (direct !== undefined) return direct;
    const { rows, numAffectedRows } = await db.executeQuery<R>({ ...known.query, parameters });
    return { rows, changedRows: Number(numAffectedRows ?? 0n) };
  };
  return {
    execute: async (db, values) => (await run(db, values)).rows,
    first: async (db, values) => (await run(db, values)).rows[0],
    write: async (db, values) => (await run(db, values)).changedRows,
  };
}

function makeReady<V extends object, R>(
  db: Kysely<Database>,
  build: (
    db: Kysely<Database>,
    value: <K extends keyof V & string>(name: K) => RawBuilder<V[K]>,
  ) => Compilable<R>,
  runner: DirectRunner | undefined,
): Ready<V, R> {
  const valueOf = new Map<unknown, (values: V) => unknown>();
  const query = build(db, (name) => {
    // Stands in the compiled query where the value goes.
    const placeholder = {};
    valueOf.set(placeholder, (values) => {
      const value = values[name];
      invariant(value !== undefined, 'every placeholder has a value');
      return value;
    });
    return sql`${placeholder}`;
  }).compile();
  const getters = query.parameters.map((parameter) => valueOf.get(parameter) ?? (() => parameter));
  return {
    query,
    parametersOf: (values) => getters.map((get) => get(values)),
    direct: runner?.prepare(query),
  };
}

/**
 * A prepared insert of one row, all of whose columns are named.
 * @param options orIgnore: a row that is there already stays
 */
export function prepareInsert<T extends keyof Database>(
  table: T,
  columns: readonly (keyof Insertable<Database[T]> & string)[],
  options: { readonly orIgnore?: boolean } = {},
): Prepared<Insertable<Database[T]>, InsertResult> {
  return prepare((db, value) => {
    const names = sql.join(columns.map((column) => sql.ref(column)));
    const values = sql.join(columns.map((column) => value(column)));
    const otherwise = options.orIgnore === true ? sql` on conflict do nothing` : sql``;
    const insert = sql<InsertResult>`insert into ${sql.table(table)} (${names}) values (${values})${otherwise}`;
    return { compile: () => insert.compile(db) };
  });
}
