import { AppError } from '../errors.js';
import { roleMay, rolesWith, rolesWithin, type Role } from './roles.js';
import type { ApiKey, Caller } from './tenant.js';

/** What of a new key decides whether somebody may make it. */
interface KeyWish {
  readonly mode: ApiKey['mode'];
  readonly role: Role;
  readonly expiresAt?: Date | undefined;
}

/**
 * Nobody grants more than they have: neither a stronger role, nor live credits to a test key, nor a longer life, nor a
 * way around the own key's limits.
 * @throws AppError permission_denied
 */
export function requireMayCreate(caller: Caller, wish: KeyWish): void {
  const { key } = caller;
  const within = rolesWithin(key.role);
  if (!within.includes(wish.role)) {
    refuse(
      `A key with the role ${key.role} can't make one with the role ${wish.role}. It can make: ${within.join(', ')}.`,
      within,
    );
  }
  requireReach(key, wish.mode);
  if (roleMay(key.role, 'change_settings')) return;
  if (Object.keys(key.writtenLimits).length > 0) {
    refuse(
      `This key has limits of its own, and another key would be a way around them. It takes ${managers()}.`,
    );
  }
  if (key.expiresAt !== undefined && (wish.expiresAt === undefined || wish.expiresAt > key.expiresAt)) {
    refuse('This key expires, and a key that it makes can not live longer: give an earlier `expires_at`.');
  }
}

/**
 * Owner and admin manage all keys whose role holds nothing that theirs lacks; a developer those that it made, and itself.
 * @throws AppError permission_denied
 */
export function requireMayManage(caller: Caller, target: ApiKey): void {
  const { key } = caller;
  if (!roleMay(key.role, 'manage_keys') && !isOwn(caller, target)) {
    refuse(
      `A key with the role ${key.role} manages itself and the keys that it made. It takes ${managers()}.`,
    );
  }
  if (!rolesWithin(key.role).includes(target.role)) {
    refuse(`A key with the role ${key.role} can't manage one with the role ${target.role}.`);
  }
  requireReach(key, target.mode);
}

/** Whether somebody without `manage_keys` sees and revokes this key. */
export function isOwn({ key }: Caller, target: ApiKey): boolean {
  return target.id === key.id || target.createdBy === key.id;
}

function requireReach(key: ApiKey, mode: ApiKey['mode']): void {
  if (key.mode === 'test' && mode === 'live') refuse("A test key can't make or manage live keys.");
}

function managers(): string {
  return `a key with the role ${rolesWith('manage_keys').join(' or ')}`;
}

function refuse(message: string, allowed?: readonly string[]): never {
  throw new AppError('permission_denied', {
    message,
    ...(allowed === undefined ? {} : { facts: { allowed } }),
  });
}
