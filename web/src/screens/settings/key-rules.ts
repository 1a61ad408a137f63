import type { ApiKey } from '../../api/keys.js';
import type { Role, SignedInKey } from '../../api/session.js';

/** Whether the key that is signed in may revoke another one; the API has the last word. */
export function mayRevoke(signedIn: SignedInKey, target: ApiKey): boolean {
  const own = target.id === signedIn.id || target.created_by === signedIn.id;
  return (signedIn.permissions.includes('manage_keys') || own) && reaches(signedIn, target);
}

/** Whether it may rename and limit it. */
export function mayChange(signedIn: SignedInKey, target: ApiKey): boolean {
  return signedIn.permissions.includes('manage_keys') && reaches(signedIn, target);
}

/** What it may make: no stronger role, and no live keys from a test key. */
export function grantable(signedIn: SignedInKey): {
  readonly roles: readonly Role[];
  readonly kinds: readonly ('live' | 'test')[];
} {
  return { roles: signedIn.grants, kinds: signedIn.kind === 'live' ? ['live', 'test'] : ['test'] };
}

function reaches(signedIn: SignedInKey, target: ApiKey): boolean {
  return signedIn.grants.includes(target.role) && (signedIn.kind === 'live' || target.kind === 'test');
}
