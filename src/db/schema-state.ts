import { MIGRATION_NAMES } from './migrate.js';

/** How the schema of a database compares with that of this version. */
export interface SchemaState {
  /** Changes that are still to be made, in their order. */
  readonly pending: readonly string[];
  /** Changes that a later version has made. */
  readonly unknown: readonly string[];
}

/** @param made names of the migrations that a database has seen */
export function compareSchema(made: readonly string[]): SchemaState {
  return {
    pending: MIGRATION_NAMES.filter((name) => !made.includes(name)),
    unknown: made.filter((name) => !MIGRATION_NAMES.includes(name)),
  };
}
