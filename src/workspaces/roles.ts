/** What a key may do. Owner and admin change settings, developer makes pictures, billing sees and tops up money, viewer reads. */
export const ROLES = ['owner', 'admin', 'developer', 'billing', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const PERMISSIONS = [
  'generate',
  // Keep pictures for good, upload and delete them.
  'store',
  // Save, change and delete recipes.
  'save_recipes',
  'read',
  'read_money',
  'read_audit',
  // Refill the test credits; live credits are the operator's to give.
  'top_up',
  'change_settings',
  // Make and revoke keys that it made itself, and itself.
  'manage_own_keys',
  'manage_keys',
  // Make, change and revoke keys with the role owner.
  'manage_owners',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const VIEWER = ['read'] as const;
const BILLING = [...VIEWER, 'read_money', 'top_up'] as const;
const DEVELOPER = [...VIEWER, 'read_money', 'generate', 'store', 'save_recipes', 'manage_own_keys'] as const;
const ADMIN = [...DEVELOPER, 'top_up', 'read_audit', 'change_settings', 'manage_keys'] as const;

const PERMISSIONS_OF: Readonly<Record<Role, readonly Permission[]>> = {
  owner: [...ADMIN, 'manage_owners'],
  admin: ADMIN,
  developer: DEVELOPER,
  billing: BILLING,
  viewer: VIEWER,
};

export function roleMay(role: Role, permission: Permission): boolean {
  return PERMISSIONS_OF[role].includes(permission);
}

/** Everything that a role may do. */
export function permissionsOf(role: Role): readonly Permission[] {
  return PERMISSIONS_OF[role];
}

/** Roles that hold a permission, for error messages. */
export function rolesWith(permission: Permission): readonly Role[] {
  return ROLES.filter((role) => roleMay(role, permission));
}

/** Roles that a role may give to others, and whose keys it may manage: those that hold nothing which it lacks. */
export function rolesWithin(role: Role): readonly Role[] {
  return ROLES.filter((other) => PERMISSIONS_OF[other].every((permission) => roleMay(role, permission)));
}
