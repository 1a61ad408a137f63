/**
 * What is read of DashScope's answers (protocol notes §3, §6, §7, §8): lenient, because names differ by the model's
 * generation.
 */
import { z } from 'zod';

/** Finished pictures of a call or a task: parts of a message. */
const choice = z.object({
  message: z
    .object({
      content: z.array(z.object({ image: z.string().nullish() })).nullish(),
    })
    .nullish(),
});

/** A picture of a legacy task, or why there is none. */
const result = z.object({
  url: z.string().nullish(),
  actual_prompt: z.string().nullish(),
  code: z.string().nullish(),
  message: z.string().nullish(),
});

const output = z.object({
  task_id: z.string().nullish(),
  task_status: z.string().nullish(),
  rewrite_status: z.string().nullish(),
  choices: z.array(choice).nullish(),
  results: z.array(result).nullish(),
  code: z.string().nullish(),
  message: z.string().nullish(),
});
export type WireOutput = z.infer<typeof output>;

const usage = z.object({
  width: z.number().nullish(),
  height: z.number().nullish(),
  output_width: z.number().nullish(),
  output_height: z.number().nullish(),
  output_image_type: z.string().nullish(),
});

/** Any native answer; errors are flat, with or without an HTTP status of their own. */
export const nativeAnswer = z.object({
  request_id: z.string().nullish(),
  output: output.nullish(),
  usage: usage.nullish().catch(undefined),
  code: z.string().nullish(),
  message: z.string().nullish(),
});
export type WireAnswer = z.infer<typeof nativeAnswer>;

/** An answer of the OpenAI-shaped form; always addresses, whatever was asked. */
export const openAiAnswer = z.object({
  data: z.array(z.object({ url: z.string().nullish() })).nullish(),
});

/** Native errors are flat, those of the OpenAI-shaped form are not. */
export const errorBody = z.object({
  request_id: z.string().nullish(),
  code: z.string().nullish(),
  message: z.string().nullish(),
  error: z
    .object({ code: z.union([z.string(), z.number()]).nullish(), message: z.string().nullish() })
    .nullish()
    .catch(undefined),
});

/** A status that is not documented yet is as good as running. */
export const taskStatus = z
  .enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'UNKNOWN'])
  .catch('RUNNING');
