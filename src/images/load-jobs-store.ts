import type { Kysely } from 'kysely';
import type { Database } from '../db/schema.js';
import { findArrived } from './arrived-store.js';
import { findInputs } from './generation-inputs.js';
import { parsePositions, type Job } from './generation.js';

/** Generations with everything that running them needs, in the order of their making. */
export async function loadJobs(db: Kysely<Database>, ids: readonly string[]): Promise<readonly Job[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('generations')
    .select([
      'id',
      'workspace_id',
      'mode',
      'key_id',
      'operation',
      'request_json',
      'hold_microcredits',
      'created_at',
    ])
    .where('id', 'in', ids)
    .orderBy('created_at')
    .execute();
  const tasks = await db.selectFrom('tasks').selectAll().where('generation_id', 'in', ids).execute();
  const arrived = await findArrived(db, ids);
  const edits = await findInputs(
    db,
    rows.filter((row) => row.operation === 'edit').map((row) => row.id),
  );
  return rows.map((row) => ({
    id: row.id,
    edit: edits.get(row.id),
    workspaceId: row.workspace_id,
    mode: row.mode,
    keyId: row.key_id,
    requestJson: row.request_json,
    hold: row.hold_microcredits,
    createdAt: new Date(row.created_at),
    received: arrived.filter((image) => image.generationId === row.id),
    tasks: tasks
      .filter((task) => task.generation_id === row.id)
      .map((task) => ({
        generationId: row.id,
        imageNumber: task.image_number,
        attemptNumber: task.attempt_number,
        routeId: task.route_id,
        taskId: task.task_id,
        keyId: task.key_id ?? undefined,
        positions: parsePositions(task.positions_json),
      })),
  }));
}
