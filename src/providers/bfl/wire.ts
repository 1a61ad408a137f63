/** What is read of BFL's answers (protocol notes §A2, §A5): lenient, and only the members that matter. */
import { z } from 'zod';

export const submitAnswer = z.object({
  id: z.string().min(1),
  polling_url: z.string().nullish(),
  // Billing facts that can't be understood must not cost the task beside them.
  cost: z.number().nullish().catch(undefined),
});

const result = z.object({
  sample: z.string().nullish(),
  prompt: z.string().nullish(),
  expanded_prompt: z.string().nullish(),
  seed: z.number().nullish().catch(undefined),
});

/** A task's state; whatever its HTTP status, a body with a `status` is one. */
export const taskAnswer = z.object({
  status: z.string(),
  result: result.nullish().catch(undefined),
  progress: z.number().nullish().catch(undefined),
  details: z.record(z.string(), z.unknown()).nullish().catch(undefined),
});
export type WireTask = z.infer<typeof taskAnswer>;

/** A status that is not documented yet is as good as running. */
export const taskStatus = z
  .enum([
    'Pending',
    'Reasoning',
    'Generating',
    'Ready',
    'Request Moderated',
    'Content Moderated',
    'Error',
    'Failed',
    'Task not found',
  ])
  .catch('Pending');

/** Errors: a text, or a list of what is wrong with which field. */
export const errorBody = z.object({
  detail: z
    .union([
      z.string(),
      z.array(
        z.object({
          loc: z.array(z.union([z.string(), z.number()])).nullish(),
          msg: z.string().nullish(),
        }),
      ),
    ])
    .nullish()
    .catch(undefined),
  error: z.string().nullish().catch(undefined),
  message: z.string().nullish().catch(undefined),
  /** Seconds. */
  retry_after: z.number().nullish().catch(undefined),
});

/** What a task id of ours holds: all that finding the task again takes. */
export const taskReference = z.object({
  id: z.string().min(1),
  pollingUrl: z.string().optional(),
  costMicrocredits: z.number().optional(),
});
export type TaskReference = z.infer<typeof taskReference>;
