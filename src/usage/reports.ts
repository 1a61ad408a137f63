import type { Account } from '../credits/ledger-store.js';
import type { Db } from '../db/database.js';
import type { DaySpan } from './days.js';
import {
  listModelCallers,
  listModelTraffic,
  type ModelCaller,
  type ModelTraffic,
} from './model-traffic-store.js';
import { reportUsage, type UsageGroup, type UsageRow } from './usage-report-store.js';
import { listWorkspacePage, type ListedWorkspace } from './workspace-page-store.js';

/** What callers and the operator ask about the past. It only reads. */
export class Reports {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** An account's generations over whole days. @throws AppError invalid_request for too many rows */
  async usage(
    account: Account,
    span: DaySpan,
    groups: ReadonlySet<UsageGroup>,
  ): Promise<readonly UsageRow[]> {
    return reportUsage(this.#db, account, span, groups);
  }

  /** All workspaces, the newest first. @throws AppError invalid_request for an `after` that is none */
  async listWorkspaces(options: {
    readonly limit: number;
    readonly after: string | undefined;
  }): Promise<readonly ListedWorkspace[]> {
    return listWorkspacePage(this.#db, options);
  }

  /** Every model that was asked for since then. */
  async listModelTraffic(since: Date): Promise<readonly ModelTraffic[]> {
    return listModelTraffic(this.#db, since);
  }

  /** Who asked for these models since then: of each model at most `limit`, by who asked most. */
  async listModelCallers(
    models: readonly string[],
    since: Date,
    limit: number,
  ): Promise<readonly ModelCaller[]> {
    return listModelCallers(this.#db, models, since, limit);
  }
}
