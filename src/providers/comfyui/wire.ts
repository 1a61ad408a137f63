/** What is read of the server's answers and messages (protocol notes §B1): lenient, and only what matters. */
import { z } from 'zod';
import type { JsonValue } from '../provider.js';

const text = z.string().nullish().catch(undefined);
const number = z.number().nullish().catch(undefined);
const json: z.ZodType<JsonValue> = z.json();

/** The body of our own calls, as `translate` makes it. */
export const graphCall = z.strictObject({
  prompt: z.record(z.string(), z.object({ class_type: z.string(), inputs: z.record(z.string(), json) })),
  seed_places: z.array(z.tuple([z.string(), z.string()])),
  seed: z.number().optional(),
});
export type GraphCall = z.infer<typeof graphCall>;

/** What is kept of a task so that it can be found again. */
export const taskReference = z.strictObject({ promptId: z.string(), seed: z.number() });
export type TaskReference = z.infer<typeof taskReference>;

export const queuedAnswer = z.object({ prompt_id: z.string() });

export const uploadAnswer = z.object({ name: z.string().min(1), subfolder: z.string().nullish() });

const nodeErrors = z
  .record(
    z.string(),
    z.object({
      class_type: text,
      errors: z
        .array(z.object({ type: text, message: text, details: text }))
        .nullish()
        .catch(undefined),
    }),
  )
  .nullish()
  .catch(undefined);

/** A refused graph, or what a proxy says. Very old versions have a text for the error. */
export const errorBody = z.object({
  error: z
    .union([
      z.string(),
      z.object({
        type: text,
        message: text,
        details: text,
        code: z.union([z.string(), z.number()]).nullish(),
      }),
    ])
    .nullish()
    .catch(undefined),
  node_errors: nodeErrors,
});
export type WireError = z.infer<typeof errorBody>;

const file = z.object({ filename: z.string().min(1), subfolder: text, type: text });
export type WireFile = z.infer<typeof file>;

const historyEntry = z.object({
  outputs: z
    .record(z.string(), z.object({ images: z.array(file).nullish().catch(undefined) }))
    .nullish()
    .catch(undefined),
  status: z
    .object({
      status_str: text,
      completed: z.boolean().nullish().catch(undefined),
      messages: z
        .array(z.tuple([z.string(), z.unknown()]))
        .nullish()
        .catch(undefined),
    })
    .nullish()
    .catch(undefined),
});
export type HistoryEntry = z.infer<typeof historyEntry>;
export const history = z.record(z.string(), historyEntry);

const queued = z.array(z.array(z.unknown())).catch([]);
export const queue = z.object({ queue_running: queued, queue_pending: queued });

export const queueLength = z.object({ exec_info: z.object({ queue_remaining: z.number() }) });

/** Why a job ended without a picture. */
export const failureFacts = z.object({
  node_id: z.union([z.string(), z.number()]).nullish().catch(undefined),
  node_type: text,
  exception_message: text,
  exception_type: text,
});

/** A text message of the socket. */
export const socketMessage = z.object({
  type: z.string(),
  data: z
    .object({
      prompt_id: text,
      node: z.union([z.string(), z.null()]).optional().catch(undefined),
      value: number,
      max: number,
      nodes: z
        .union([
          z.record(z.string(), z.object({ value: number, max: number, state: text })),
          // Of `execution_cached`.
          z.array(z.string()),
        ])
        .nullish()
        .catch(undefined),
    })
    .nullish()
    .catch(undefined),
});
export type SocketMessage = z.infer<typeof socketMessage>;

const inputSpec = z.array(z.unknown());
/** A class as `/object_info` tells it. */
export const nodeInfo = z.object({
  input: z
    .object({
      required: z.record(z.string(), inputSpec).nullish().catch(undefined),
      optional: z.record(z.string(), inputSpec).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
  output_node: z.boolean().nullish().catch(undefined),
});
export type NodeInfo = z.infer<typeof nodeInfo>;
