import type { Role } from '../../api/session.js';

/** What each role is for, the strongest first. */
export const ROLE_WORDS: Readonly<Record<Role, { readonly name: string; readonly may: string }>> = {
  owner: {
    name: 'Owner',
    may: 'May do everything, and is the only one to make, change and revoke keys of owners. A workspace keeps at least one live owner key.',
  },
  admin: {
    name: 'Admin',
    may: 'Makes pictures, sees money, changes settings, budgets, fallbacks and webhooks, manages all keys but those of owners, and reads the audit log.',
  },
  developer: {
    name: 'Developer',
    may: 'Makes, keeps and deletes pictures, saves recipes, sees money, and makes and revokes keys of its own for developers and viewers. Changes no settings.',
  },
  billing: {
    name: 'Billing',
    may: 'Sees pictures, usage and every move of credits, and adds test credits. Makes no pictures and changes nothing.',
  },
  viewer: {
    name: 'Viewer',
    may: 'Sees pictures, models and settings. Sees no money, makes no pictures and changes nothing.',
  },
};

export const ROLES: readonly Role[] = ['owner', 'admin', 'developer', 'billing', 'viewer'];
