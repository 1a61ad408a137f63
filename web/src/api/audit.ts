import * as z from 'zod/mini';

const entrySchema = z.object({
  id: z.string(),
  actor: z.string(),
  address: z.optional(z.string()),
  action: z.string(),
  before: z.optional(z.unknown()),
  after: z.optional(z.unknown()),
  created: z.number(),
});
/** One change of settings, keys or limits. */
export type AuditEntry = z.output<typeof entrySchema>;

const AUDIT_PAGE = 25;

/** A page of the audit log, newest first. @param after id of the last line of the page before */
export function auditPage(after: string | undefined, signal: AbortSignal) {
  const query = new URLSearchParams({ limit: String(AUDIT_PAGE) });
  if (after !== undefined) query.set('after', after);
  return {
    path: `/v1/audit?${query.toString()}`,
    answer: z.object({
      data: z.array(entrySchema),
      last_id: z.optional(z.string()),
      has_more: z.boolean(),
    }),
    signal,
  } as const;
}
