import { performance } from 'node:perf_hooks';
import type { GivenEdit } from '../../images/intake.js';
import type { Caller } from '../../workspaces/workspace-store.js';
import type { HttpContext } from '../context.js';

/** Stores, fetches or finds the pictures of an edit. @throws AppError for a picture that can't be taken */
export async function takeInputs(given: GivenEdit, caller: Caller, { intake, metrics }: HttpContext) {
  const startMs = performance.now();
  const taken = await intake.take(given, caller);
  metrics.passed('inputs', startMs);
  return taken;
}
