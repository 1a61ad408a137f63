import * as z from 'zod/mini';
import { roleSchema, type Role } from './session.js';
import { limitsSchema, type LimitsChange } from './workspace.js';

const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['live', 'test']),
  role: roleSchema,
  prefix: z.string(),
  created: z.number(),
  created_by: z.optional(z.string()),
  expires_at: z.optional(z.number()),
  last_used_at: z.optional(z.number()),
  limits: limitsSchema,
});
/** A key that is not revoked; times are Unix seconds. */
export type ApiKey = z.output<typeof keySchema>;

/** Keys that this one may see, oldest first. */
export function keyList(signal: AbortSignal) {
  return { path: '/v1/keys', answer: z.object({ data: z.array(keySchema) }), signal } as const;
}

/** A key to be made. */
export interface KeyWish {
  readonly kind: 'live' | 'test';
  readonly role: Role;
  readonly name: string;
  readonly expires_at?: number | undefined;
  readonly limits?: LimitsChange | undefined;
}

/** Makes a key. The answer is the only time that it is seen. */
export function makeKey(wish: KeyWish) {
  return {
    method: 'POST',
    path: '/v1/keys',
    body: wish,
    answer: z.object({ id: z.string(), name: z.string(), key: z.string() }),
  } as const;
}

export function changeKey(id: string, change: { readonly name?: string; readonly limits?: LimitsChange }) {
  return { method: 'PATCH', path: `/v1/keys/${id}`, body: change, answer: keySchema } as const;
}

export function revokeKey(id: string) {
  return { method: 'DELETE', path: `/v1/keys/${id}`, answer: z.object({ id: z.string() }) } as const;
}
