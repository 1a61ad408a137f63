/**
 * Everything the emulated service answers, as strict schemas: the emulator's tests hold its answers against them, and
 * the fixtures from the protocol notes prove that they are the real shapes (§3, §6, §7, §8).
 */
import { z } from 'zod';

const choices = z.array(
  z.strictObject({
    finish_reason: z.string(),
    message: z.strictObject({
      role: z.literal('assistant'),
      content: z.array(z.union([z.strictObject({ image: z.url() }), z.strictObject({ text: z.string() })])),
    }),
  }),
);

const rewriteStatus = z.enum(['not_use', 'success']).optional();
const metric = z.strictObject({ TOTAL: z.int(), SUCCEEDED: z.int(), FAILED: z.int() }).optional();

const legacyUsage = z.strictObject({ image_count: z.int(), width: z.int(), height: z.int() });
const usage = z.strictObject({
  output_width: z.int(),
  output_height: z.int(),
  input_image_count: z.int(),
  output_image_count: z.int(),
  input_image_type: z.string(),
  output_image_type: z.string(),
});

/** Success of the synchronous call. */
export const messageAnswer = z.strictObject({
  output: z.strictObject({ rewrite_status: rewriteStatus, choices, task_metric: metric }),
  usage: z.union([usage, legacyUsage]),
  request_id: z.string(),
});

export const submitAnswer = z.strictObject({
  output: z.strictObject({ task_status: z.literal('PENDING'), task_id: z.string() }),
  request_id: z.string(),
});

const failedItem = z.strictObject({ code: z.string(), message: z.string() });

const times = { submit_time: z.string(), scheduled_time: z.string(), end_time: z.string() };

/** One poll. */
export const taskAnswer = z.strictObject({
  request_id: z.string(),
  output: z.discriminatedUnion('task_status', [
    z.strictObject({
      task_id: z.string(),
      task_status: z.enum(['PENDING', 'RUNNING', 'CANCELED', 'UNKNOWN']),
    }),
    z.strictObject({
      task_id: z.string(),
      task_status: z.literal('FAILED'),
      submit_time: z.string().optional(),
      scheduled_time: z.string().optional(),
      end_time: z.string().optional(),
      code: z.string(),
      message: z.string(),
    }),
    z.strictObject({
      task_id: z.string(),
      task_status: z.literal('SUCCEEDED'),
      ...times,
      rewrite_status: rewriteStatus,
      choices: choices.optional(),
      results: z
        .array(
          z.union([
            z.strictObject({
              orig_prompt: z.string(),
              actual_prompt: z.string().optional(),
              url: z.string(),
            }),
            failedItem,
          ]),
        )
        .optional(),
    }),
  ]),
  usage: z.union([usage, z.strictObject({ image_count: z.int() })]).optional(),
});

export const cancelAnswer = z.strictObject({ request_id: z.string() });

/** Refusals of the native surface; some endpoints tell of failed tasks in this shape too. */
export const errorAnswer = z.strictObject({
  request_id: z.string(),
  code: z.string(),
  message: z.string(),
});

/** The OpenAI-shaped surface; what its `usage` holds is not certain. */
export const compatibleAnswer = z.strictObject({
  created: z.int(),
  data: z.array(z.strictObject({ url: z.string() })),
  usage: z.looseObject({}),
});

export const compatibleErrorAnswer = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string() }),
});
