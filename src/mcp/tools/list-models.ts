import { z } from 'zod';
import { callGateway } from '../gateway.js';
import { factsResult } from '../results.js';
import { defineTool } from '../tool.js';

const seenModel = z.object({
  id: z.string(),
  name: z.string(),
  aliases: z.array(z.string()),
  strengths: z.array(z.string()),
  capabilities: z.record(z.string(), z.union([z.boolean(), z.number()])),
  pricing: z.object({ unit: z.string(), credits: z.array(z.object({ credits: z.number() })) }),
  lifecycle: z.object({ status: z.string(), successor: z.string().optional() }),
  routes: z.array(z.object({ operator: z.string(), country: z.string() })),
  available: z.boolean(),
  unavailable_reason: z.string().optional(),
});
const seenList = z.object({ data: z.array(seenModel) });
const wholeModel = z.record(z.string(), z.json());

export const listModels = defineTool({
  name: 'list_models',
  title: 'List models',
  description:
    'The image models that can be called, with what they can do, what a picture costs in credits (1 credit is 0.01 USD) and where they run. With `model`, everything ' +
    'about one of them: sizes, parameters, prices. `atelier-sketch` is built in and free.',
  readOnly: true,
  own: z.object({
    model: z.string('must be text').max(200).optional().describe('Slug or alias: tell all of this one.'),
    available: z
      .boolean('must be true or false')
      .default(true)
      .describe('false: also those that can’t be called now, with the reason.'),
  }),
  // Names of the query of GET /v1/models.
  body: z.object({
    capability: z
      .enum(['generate', 'edit', 'mask', 'seed', 'negative_prompt', 'transparency', 'streaming'])
      .optional()
      .describe('Only models that can do this.'),
    provider: z.string().optional().describe('Only models of this provider or maker.'),
  }),
  run: async ({ model, available }, query, { gateway, signal }) => {
    if (model !== undefined) {
      const path = `/v1/models/${model.split('/').map(encodeURIComponent).join('/')}`;
      return factsResult(await callGateway(gateway, path, wholeModel, { signal }));
    }
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) search.set(name, String(value));
    const { data } = await callGateway(gateway, `/v1/models?${search.toString()}`, seenList, { signal });
    return factsResult({ models: data.filter((one) => one.available || !available).map(describe) });
  },
});

/** A line of the list: what an agent chooses by. */
function describe(model: z.output<typeof seenModel>) {
  const { id, name, aliases, strengths, capabilities, pricing, lifecycle, routes } = model;
  const prices = pricing.credits.map(({ credits }) => credits);
  return {
    id,
    name,
    ...(aliases.length === 0 ? {} : { aliases }),
    strengths,
    can: Object.entries(capabilities)
      .filter(([, value]) => value === true)
      .map(([capability]) => capability),
    ...(prices.length === 0
      ? {}
      : { credits_per_image: { min: Math.min(...prices), max: Math.max(...prices) } }),
    ...(lifecycle.status === 'active' ? {} : { lifecycle }),
    runs: [...new Set(routes.map(({ operator, country }) => `${operator} (${country})`))],
    ...(model.available ? {} : { unavailable_reason: model.unavailable_reason ?? 'not available' }),
  };
}
