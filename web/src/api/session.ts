import * as z from 'zod/mini';
import { callApi } from './client.js';

export const roleSchema = z.enum(['owner', 'admin', 'developer', 'billing', 'viewer']);
export type Role = z.output<typeof roleSchema>;

/** What a role may do, as far as screens ask. */
export type Permission =
  'generate' | 'read_money' | 'read_audit' | 'top_up' | 'change_settings' | 'manage_own_keys' | 'manage_keys';

const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['live', 'test']),
  role: roleSchema,
  permissions: z.array(z.string()),
  /** Roles of keys that it may make, where it may make any. */
  grants: z.array(roleSchema),
  workspace: z.object({ id: z.string(), name: z.string() }),
});
const sessionSchema = z.object({ object: z.literal('session'), keys: z.array(keySchema) });

/** A key that this browser is signed in with; the secret itself is not here. */
export type SignedInKey = z.output<typeof keySchema>;

/** Keys that this browser is signed in with, the newest first; none: signed out. */
export async function readSession(): Promise<readonly SignedInKey[]> {
  return (await callApi('1', { path: '/v1/session', answer: sessionSchema })).keys;
}

/** Signs in with a key, or with what stands in the link of a first start. @throws ApiFailure invalid_api_key */
export async function signIn(
  given: { readonly key: string } | { readonly link: string },
): Promise<readonly SignedInKey[]> {
  const call = { method: 'POST', path: '/v1/session', body: given, answer: sessionSchema } as const;
  return (await callApi('1', call)).keys;
}

/** @param keyId `1`: of all */
export async function signOut(keyId: string): Promise<readonly SignedInKey[]> {
  const call = { method: 'DELETE', path: '/v1/session', answer: sessionSchema } as const;
  return (await callApi(keyId, call)).keys;
}
