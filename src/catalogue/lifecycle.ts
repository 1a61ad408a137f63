import type { Lifecycle } from '../providers/model.js';

export type LifecycleStatus = 'active' | 'deprecated' | 'retired';

/** A model's state at a moment; dates count from 00:00 UTC of their day. */
export function lifecycleStatus(lifecycle: Lifecycle, now: Date): LifecycleStatus {
  const today = now.toISOString().slice(0, 10);
  if (lifecycle.retiredOn !== undefined && lifecycle.retiredOn <= today) return 'retired';
  if (lifecycle.deprecatedOn !== undefined && lifecycle.deprecatedOn <= today) return 'deprecated';
  return 'active';
}
