/**
 * Everything the emulated service answers, as strict schemas: the emulator's tests hold its answers against them, and
 * the fixtures from the protocol notes prove that they are the real shapes (§A1, §A2, §A5).
 */
import { z } from 'zod';

const costs = {
  cost: z.number().nullish(),
  input_mp: z.number().nullish(),
  output_mp: z.number().nullish(),
};

export const submitAnswer = z.union([
  z.strictObject({ id: z.string(), polling_url: z.url(), ...costs }),
  z.strictObject({ id: z.string(), status: z.string(), webhook_url: z.string(), ...costs }),
]);

export const pollAnswer = z.strictObject({
  id: z.string(),
  status: z.enum([
    'Pending',
    'Reasoning',
    'Generating',
    'Ready',
    'Request Moderated',
    'Content Moderated',
    'Error',
    'Failed',
    'Task not found',
  ]),
  result: z
    .strictObject({
      sample: z.url().optional(),
      prompt: z.string(),
      seed: z.int(),
      start_time: z.number().optional(),
      end_time: z.number().optional(),
      duration: z.number(),
      expanded_prompt: z.string().optional(),
    })
    .nullable(),
  progress: z.number().min(0).max(1).nullable(),
  details: z.record(z.string(), z.unknown()).nullable(),
  preview: z.null(),
});

export const errorAnswer = z.union([
  z.strictObject({
    detail: z.union([
      z.string(),
      z.array(
        z.strictObject({
          loc: z.array(z.union([z.string(), z.int()])),
          msg: z.string(),
          type: z.string(),
        }),
      ),
    ]),
  }),
  z.strictObject({ error: z.string(), message: z.string(), retry_after: z.int() }),
]);

export const creditsAnswer = z.strictObject({ credits: z.number() });
