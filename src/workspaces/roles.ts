/** What a key may do. Owner and admin change settings, developer makes pictures, billing sees money, viewer reads. */
export const ROLES = ['owner', 'admin', 'developer', 'billing', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export type Permission =
  'generate' | 'read' | 'read_money' | 'top_up_test' | 'change_settings' | 'manage_keys';

const PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  owner: ['generate', 'read', 'read_money', 'top_up_test', 'change_settings', 'manage_keys'],
  admin: ['generate', 'read', 'read_money', 'change_settings', 'manage_keys'],
  developer: ['generate', 'read', 'read_money'],
  billing: ['read', 'read_money'],
  viewer: ['read'],
};

export function roleMay(role: Role, permission: Permission): boolean {
  return PERMISSIONS[role].includes(permission);
}

/** Roles that hold a permission, for error messages. */
export function rolesWith(permission: Permission): readonly Role[] {
  return ROLES.filter((role) => roleMay(role, permission));
}
