import * as z from 'zod/mini';

export const limitsSchema = z.object({
  requests_per_minute: z.optional(z.number()),
  images_in_flight: z.optional(z.number()),
  monthly_credits: z.optional(z.number()),
  models: z.optional(z.array(z.string())),
  storage_bytes: z.optional(z.number()),
});
/** What a key or a workspace may use; what is absent has no limit. */
export type WrittenLimits = z.output<typeof limitsSchema>;

/** A change of limits: what is left out stays, `null` lifts a limit. */
export type LimitsChange = { readonly [Name in keyof WrittenLimits]?: WrittenLimits[Name] | null };

const workspaceSchema = z.object({
  id: z.string(),
  name: z.string(),
  prc_opt_in: z.boolean(),
  retired_models: z.enum(['forward', 'refuse']),
  unknown_outcomes: z.enum(['final', 'repeat']),
  mark_unlabelled: z.boolean(),
  retention: z.object({ pictures_s: z.nullable(z.number()) }),
  limits: limitsSchema,
  policy: z.object({
    blocked_countries: z.array(z.string()),
    models_without_content_policy: z.enum(['allow', 'forbid']),
  }),
  alerts: z.object({ budget_percents: z.array(z.number()), low_credits: z.number() }),
});
/** The settings of a workspace. */
export type Workspace = z.output<typeof workspaceSchema>;

/** What is left out stays. */
export interface WorkspaceChange {
  readonly name?: string;
  readonly prc_opt_in?: boolean;
  /** The name of the workspace, where `prc_opt_in` changes. */
  readonly confirm?: string;
  readonly retired_models?: Workspace['retired_models'];
  readonly unknown_outcomes?: Workspace['unknown_outcomes'];
  readonly mark_unlabelled?: boolean;
  /** Seconds; null: as long as the gateway keeps them. */
  readonly retention?: { readonly pictures_s: number | null };
  readonly limits?: LimitsChange;
  readonly policy?: Partial<Workspace['policy']>;
  readonly alerts?: Partial<Workspace['alerts']>;
}

export function workspaceOf(signal: AbortSignal) {
  return { path: '/v1/workspace', answer: workspaceSchema, signal } as const;
}

/** Changes settings of the workspace; takes an owner or admin. */
export function changeWorkspace(change: WorkspaceChange) {
  return { method: 'PATCH', path: '/v1/workspace', body: change, answer: workspaceSchema } as const;
}
