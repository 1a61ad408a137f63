import type { ComponentType } from 'react';
import type { Permission } from '../../api/session.js';
import { AuditSection } from './audit-section.js';
import { FallbacksSection } from './fallbacks-section.js';
import { KeysSection } from './keys-section.js';
import { PlacesSection } from './places-section.js';
import { RolesSection } from './roles-section.js';
import { WebhooksSection } from './webhooks-section.js';
import { WorkspaceSection } from './workspace-section.js';

interface Section {
  /** Below `/settings/`. */
  readonly path: string;
  readonly name: string;
  readonly needs?: Permission;
  readonly Content: ComponentType;
}

/** In the order in which they are listed; the first that a key may see is where it lands. */
export const SECTIONS: readonly Section[] = [
  { path: 'keys', name: 'Keys', needs: 'manage_own_keys', Content: KeysSection },
  { path: 'workspace', name: 'Workspace', Content: WorkspaceSection },
  { path: 'places', name: 'Where requests go', Content: PlacesSection },
  { path: 'fallbacks', name: 'Fallbacks', Content: FallbacksSection },
  { path: 'webhooks', name: 'Webhooks', needs: 'change_settings', Content: WebhooksSection },
  { path: 'audit', name: 'Audit log', needs: 'read_audit', Content: AuditSection },
  { path: 'roles', name: 'Roles', Content: RolesSection },
];
