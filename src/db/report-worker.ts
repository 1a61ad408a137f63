import SqliteClient from 'better-sqlite3';

/** A query that reads much. */
export interface Report {
  /** Absolute path of the database file. */
  readonly file: string;
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** The database's errors lose what they say on their way between threads. */
export interface ReportAnswer {
  readonly rows: readonly unknown[];
  readonly error: { readonly message: string; readonly code: string } | undefined;
}

const readers = new Map<string, SqliteClient.Database>();

/** Entry of the reading thread. */
export function report({ file, sql, parameters }: Report): ReportAnswer {
  try {
    const reader = readers.get(file) ?? new SqliteClient(file, { readonly: true });
    readers.set(file, reader);
    return { rows: reader.prepare(sql).all(...parameters), error: undefined };
  } catch (error) {
    if (!(error instanceof SqliteClient.SqliteError)) throw error;
    return { rows: [], error: { message: error.message, code: error.code } };
  }
}
