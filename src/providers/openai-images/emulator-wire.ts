/**
 * Everything the emulated servers answer, as strict schemas: the emulator's tests hold its answers against them, and the
 * fixtures from the protocol notes prove that they are the real shapes (§B2 to §B5, §B7).
 */
import { z } from 'zod';
import type { DialectId } from './emulator-dialects.js';

const created = z.int();
const nullable = { b64_json: z.string().nullable(), url: z.string().nullable() };

/** Success by server. */
export const imagesAnswers = {
  'sd-server': z.strictObject({
    created,
    output_format: z.enum(['png', 'jpeg', 'webp']),
    data: z.array(z.strictObject({ b64_json: z.string() })),
  }),
  localai: z.strictObject({
    created,
    id: z.string(),
    data: z.array(z.union([z.strictObject({ url: z.url() }), z.strictObject({ b64_json: z.string() })])),
    usage: z.record(z.string(), z.literal(0)),
  }),
  'vllm-omni': z.strictObject({
    created,
    data: z.array(z.strictObject({ ...nullable, revised_prompt: z.string().nullable() })),
  }),
  sglang: z.strictObject({
    id: z.string(),
    created,
    data: z.array(
      z.strictObject({ ...nullable, revised_prompt: z.string().nullable(), file_path: z.string() }),
    ),
    peak_memory_mb: z.number(),
    inference_time_s: z.number(),
  }),
  xinference: z.strictObject({ created, data: z.array(z.strictObject(nullable)) }),
  nim: z.strictObject({ created, data: z.array(z.strictObject({ b64_json: z.string() })) }),
} satisfies Readonly<Record<DialectId, z.ZodType>>;

const detail = z.strictObject({
  detail: z.union([
    z.string(),
    z.array(
      z.strictObject({ loc: z.array(z.union([z.string(), z.int()])), msg: z.string(), type: z.string() }),
    ),
  ]),
});
const text = z.strictObject({ error: z.string(), message: z.string().optional() });
const object = z.strictObject({
  error: z.strictObject({ code: z.int(), message: z.string(), type: z.literal('') }),
});

/** A server's own refusals, by the shape that it has. */
export const errorAnswers = {
  'sd-server': text,
  localai: object,
  'vllm-omni': detail,
  sglang: detail,
  xinference: detail,
  nim: detail,
} satisfies Readonly<Record<DialectId, z.ZodType>>;

/** A proxy's refusals. */
export const proxyErrorAnswer = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

export const modelsAnswer = z.strictObject({
  object: z.literal('list').optional(),
  data: z.array(z.strictObject({ id: z.string(), object: z.literal('model'), owned_by: z.string() })),
});
