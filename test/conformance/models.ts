import { z } from 'zod';
import type { TestServer } from '../support/server.js';

/** What the suite reads of a catalogue entry. */
const catalogueModel = z.object({
  id: z.string(),
  provider: z.string(),
  available: z.boolean(),
  capabilities: z.looseObject({
    imageGenerate: z.boolean(),
    imageEdit: z.boolean(),
    maskEdit: z.boolean(),
    maxInputImages: z.number(),
    seed: z.boolean(),
    negativePrompt: z.boolean(),
  }),
  allowedParams: z.looseObject({
    supported_sizes: z.array(z.string()),
    aspect_ratio: z.array(z.string()),
    quality: z.array(z.string()).optional(),
  }),
  lifecycle: z.object({ status: z.string(), successor: z.string().optional() }),
});
export type CatalogueModel = z.output<typeof catalogueModel>;

/** The six of the product guide, and the built-in one. */
export const GUIDE_MODELS = [
  'dall-e-3',
  'gemini-2-5-flash-image',
  'imagen-4',
  'qwen-image',
  'flux-1-pro',
  'grok-image',
  'atelier-sketch',
] as const;

/** What the built-in painter paints in full costs a fifth of a scene in this style. */
export const PROMPT = 'a flat icon of a paper boat';

export const UNIVERSAL_SIZES = ['1024x1024', '1792x1024', '1024x1792', '512x512'] as const;

/** Every model that this key can generate with now, as the public catalogue tells it. */
export async function callableModels(server: TestServer, key: string): Promise<readonly CatalogueModel[]> {
  const { body } = await server.call('GET', '/v1/models', { key });
  const { data } = z.object({ data: z.array(catalogueModel) }).parse(body);
  return data.filter((model) => model.available && model.capabilities.imageGenerate);
}

/** Every model that this key can edit with now. */
export async function editingModels(server: TestServer, key: string): Promise<readonly CatalogueModel[]> {
  const { body } = await server.call('GET', '/v1/models', { key });
  const { data } = z.object({ data: z.array(catalogueModel) }).parse(body);
  return data.filter((model) => model.available && model.capabilities.imageEdit);
}

/** Runs work on every item, a few at a time, and keeps the order of the results. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
