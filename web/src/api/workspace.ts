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
  limits: limitsSchema,
});

/** Changes settings of the workspace; takes an owner or admin. */
export function changeWorkspace(change: { readonly limits?: LimitsChange }) {
  return { method: 'PATCH', path: '/v1/workspace', body: change, answer: workspaceSchema } as const;
}
