import { z } from 'zod';
import { keepBodySchema } from '../../http/bodies/file-fields.js';
import { callGateway } from '../gateway.js';
import { factsResult } from '../results.js';
import { defineTool } from '../tool.js';

const file = z.record(z.string(), z.json());

export const keepImage = defineTool({
  name: 'keep_image',
  title: 'Keep a picture',
  description:
    'Keeps a generated picture as a file of the workspace, which stays until it is deleted (or for `expires_after`). Its `file_id` is taken wherever a picture is. Without it a ' +
    'picture is removed about an hour after it was made.',
  readOnly: false,
  own: z.object({}),
  body: keepBodySchema.omit({ purpose: true }),
  run: async (_mine, body, { gateway, signal }) =>
    factsResult(await callGateway(gateway, '/v1/files', file, { method: 'POST', body, signal })),
});
