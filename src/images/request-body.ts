import { z } from 'zod';
import { structuredPromptSchema } from '../prompts/structured-prompt.js';
import { BACKGROUNDS, QUALITIES } from '../providers/model.js';
import { usedRecipeSchema } from './recipes/used-recipe.js';

const MAX_IMAGES = 10;
const MAX_SEED = Number.MAX_SAFE_INTEGER;

const text = (max: number) => z.string().max(max, `must have at most ${max} characters`);
const whole = (min: number, max: number) =>
  z
    .number('must be a number')
    .int('must be a whole number')
    .min(min, `must be from ${min} to ${max}`)
    .max(max, `must be from ${min} to ${max}`);
const jsonObject = z.record(z.string(), z.json());

/**
 * The body of `POST /v1/images/generations`, as callers write it. OpenAI's fields first; ours follow. `null` counts as
 * absent.
 */
export const generationBodySchema = z
  .strictObject({
    model: text(200).min(1, 'must not be empty').describe('Slug or alias of a model, see GET /v1/models.'),
    prompt: z
      .union(
        [text(200_000).regex(/\S/, 'must not be empty'), structuredPromptSchema],
        'must be text, or an object of parts',
      )
      .describe('What to draw: text, or parts that are worded for the model.'),
    n: whole(1, MAX_IMAGES).describe('Number of images, 1 to 10.'),
    size: text(40).describe('`WIDTHxHEIGHT` in pixels, edges 64 to 4096, or `auto`.'),
    aspect_ratio: text(20).describe('`W:H`, for example `16:9`, or `auto`.'),
    resolution: text(10).describe('`512`, `1K`, `2K` or `4K`: the edge of the square of the same area.'),
    image_size: text(10).describe('Another name of `resolution`.'),
    quality: z.enum([...QUALITIES, 'auto']).describe('low < standard = medium < high = hd < xhigh < max.'),
    style: text(100).describe('For models with named styles, e.g. `vivid` or `natural`.'),
    background: z.enum(BACKGROUNDS),
    output_format: z
      .enum(['png', 'jpeg', 'webp', 'avif', 'gif', 'svg'])
      .describe('Omitted: the bytes as delivered.'),
    output_compression: whole(0, 100).describe('Quality of lossy formats, 0 to 100.'),
    moderation: text(40).describe('`auto` or `low`, where the model has it.'),
    person_generation: text(40).describe(
      '`dont_allow`, `allow_adult` or `allow_all`, where the model has it.',
    ),
    negative_prompt: text(20_000).describe('What the picture should not show.'),
    seed: whole(0, MAX_SEED).describe('Same seed, same start; 0 is a seed.'),
    prompt_revision: z
      .union([z.boolean(), z.literal('preview')])
      .describe('false: use the prompt as it stands. `preview`: run nothing, and answer what would be sent.'),
    input_fidelity: text(20),
    complexity: text(20),
    frame_count: whole(2, 16),
    frame_duration_ms: whole(20, 655_350),
    svg: jsonObject,
    response_format: z.enum(['url', 'b64_json']),
    persist: z
      .boolean()
      .describe(
        'true: keep every picture as a file; `data[].file_id` names it. Takes the right to store files.',
      ),
    stream: z
      .boolean()
      .describe('Answer with server-sent events while it runs: partial pictures, progress, the pictures.'),
    partial_images: whole(0, 3).describe(
      'Partial pictures for whoever watches, by `stream` or by the events of the generation.',
    ),
    adapt: z
      .enum(['adapt', 'strict'])
      .describe('strict: refuse what the model cannot do natively instead of adapting.'),
    fallback: z
      .union([z.boolean(), z.array(text(200).min(1, 'must not be empty')).max(10)])
      .describe(
        'Models to try when this one fails, in their order. true or omitted: the workspace’s; false: none.',
      ),
    provider_options: z
      .record(z.string(), jsonObject)
      .describe('Options of one provider only, under its id: {"openai": {…}}.'),
    metadata: z
      .record(text(64), text(512))
      .describe('Up to 16 pairs of your own, given back with the generation.'),
    user: text(512).describe('A stable id of your end user.'),
    dry_run: z.boolean().describe('true: answer with the plan and its price, run nothing.'),
  })
  .partial()
  .required({ model: true, prompt: true });

export type GenerationBody = z.output<typeof generationBodySchema>;

/** A body as it is kept with its generation: whole, and with the saved recipe that it came of. */
export const recordedBodySchema = generationBodySchema.extend({ recipe: usedRecipeSchema.optional() });
export type RecordedBody = z.output<typeof recordedBodySchema>;
