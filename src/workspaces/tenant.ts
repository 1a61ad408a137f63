import type { Selectable } from 'kysely';
import type { ApiKeyTable, Mode, WorkspaceTable } from '../db/schema.js';
import { invariant } from '../errors.js';
import { parseAlerts, type Alerts } from './alerts.js';
import { parseFallbacks, toFallbacks, type FallbackChain, type WrittenFallback } from './fallbacks.js';
import { parseLimits, toLimits, type Limits, type WrittenLimits } from './limits.js';
import { parsePolicy, toPolicy, type Policy, type WrittenPolicy } from './policy.js';
import { ROLES, type Role } from './roles.js';

/** The tenant. */
export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly prcOptIn: boolean;
  readonly retiredModels: 'forward' | 'refuse';
  /** What becomes of a call that was sent and never answered: `final`, or `repeat` at the risk that it is paid for twice. */
  readonly unknownOutcomes: 'final' | 'repeat';
  /** Where requests go on when a model fails, by its slug. */
  readonly fallbacks: Readonly<Record<string, FallbackChain>>;
  /** Pictures that say nothing of their origin are marked. */
  readonly markUnlabelled: boolean;
  /** Seconds that a picture stays that nobody keeps; undefined: as long as the gateway keeps them. */
  readonly pictureRetentionS: number | undefined;
  /** Of all its keys together, per mode. */
  readonly limits: Limits;
  readonly policy: Policy;
  /** What the operator set for every workspace; both hold. */
  readonly operatorPolicy: Policy;
  readonly createdAt: Date;
  /** As its settings are answered. */
  readonly written: {
    readonly limits: WrittenLimits;
    readonly policy: WrittenPolicy;
    readonly alerts: Alerts;
  };
  readonly writtenFallbacks: Readonly<Record<string, WrittenFallback>>;
}

/** A key as the store knows it: the secret itself is never kept. */
export interface ApiKey {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly role: Role;
  readonly name: string;
  readonly prefix: string;
  readonly createdAt: Date;
  /** Id of the key that made it; undefined for the operator's. */
  readonly createdBy: string | undefined;
  /** From when on it is unknown; undefined: never. */
  readonly expiresAt: Date | undefined;
  /** To the minute. */
  readonly lastUsedAt: Date | undefined;
  readonly limits: Limits;
  /** As they are answered. */
  readonly writtenLimits: WrittenLimits;
}

/** Who is calling. */
export interface Caller {
  readonly key: ApiKey;
  readonly workspace: Workspace;
  /** Where the call came from; undefined for work that nobody waits for. */
  readonly address?: string;
}

export function toWorkspace(row: Selectable<WorkspaceTable>, operatorPolicy: WrittenPolicy): Workspace {
  const written = {
    limits: parseLimits(row.limits_json),
    policy: parsePolicy(row.policy_json),
    alerts: parseAlerts(row.alerts_json),
  };
  const writtenFallbacks = parseFallbacks(row.fallbacks_json);
  return {
    id: row.id,
    name: row.name,
    unknownOutcomes: row.unknown_outcomes,
    fallbacks: toFallbacks(writtenFallbacks),
    writtenFallbacks,
    prcOptIn: row.prc_opt_in === 1,
    retiredModels: row.retired_models,
    markUnlabelled: row.mark_unlabelled === 1,
    pictureRetentionS: row.picture_retention_s ?? undefined,
    limits: toLimits(written.limits),
    policy: toPolicy(written.policy),
    operatorPolicy: toPolicy(operatorPolicy),
    createdAt: new Date(row.created_at),
    written,
  };
}

export function toApiKey(row: Selectable<ApiKeyTable>): ApiKey {
  const role = ROLES.find((known) => known === row.role);
  invariant(role !== undefined, 'stored roles are known');
  const writtenLimits = parseLimits(row.limits_json);
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    mode: row.mode,
    role,
    name: row.name,
    prefix: row.key_prefix,
    createdAt: new Date(row.created_at),
    createdBy: row.created_by ?? undefined,
    expiresAt: row.expires_at === null ? undefined : new Date(row.expires_at),
    lastUsedAt: row.last_used_at === null ? undefined : new Date(row.last_used_at),
    limits: toLimits(writtenLimits),
    writtenLimits,
  };
}
