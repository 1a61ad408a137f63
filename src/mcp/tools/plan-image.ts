import { z } from 'zod';
import { callGateway } from '../gateway.js';
import { factsResult } from '../results.js';
import { defineTool } from '../tool.js';
import { editFields } from './make-pictures.js';

const plan = z.record(z.string(), z.json());

export const planImage = defineTool({
  name: 'plan_image',
  title: 'Plan a picture',
  description:
    'What generate_image (or, with `image`, edit_image) would do with the same arguments: the most it can cost in credits (1 credit is 0.01 USD), on which ' +
    'model and route, at what size, and what would be adapted. Free, runs nothing.',
  readOnly: true,
  own: z.object({}),
  body: editFields,
  run: async (_mine, body, { gateway, signal }) =>
    factsResult(await callGateway(gateway, '/v1/images/plan', plan, { method: 'POST', body, signal })),
});
