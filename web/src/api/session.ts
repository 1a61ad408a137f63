import * as z from 'zod/mini';
import { callApi } from './client.js';

const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['live', 'test']),
  role: z.enum(['owner', 'admin', 'developer', 'billing', 'viewer']),
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
