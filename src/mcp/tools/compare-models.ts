import { z } from 'zod';
import { comparisonCallSchema } from '../../http/bodies/comparison-call.js';
import { callGateway } from '../gateway.js';
import { factsResult } from '../results.js';
import { defineTool } from '../tool.js';
import { comparisonResult } from './comparison-result.js';
import { idempotencyKey, showPicturesArgument, waitSeconds } from './own-arguments.js';

/** Large enough to tell cells apart, small enough for a conversation. */
const SHEET_EDGE = 2048;

const begun = z.record(z.string(), z.json());
const beginning = z.object({ id: z.string(), counts: z.object({ total: z.number() }) });

export const compareModels = defineTool({
  name: 'compare_models',
  title: 'Compare models',
  description:
    'Runs the same prompt on several models (or prompts, sizes and seeds against each other) as one job, and shows a contact sheet with all pictures, a table of cost and ' +
    'time, and the id of every picture. Every cell costs credits: ask with `dry_run: true` first, which is free. At least one model and one prompt are needed.',
  readOnly: false,
  own: z.object({
    wait_seconds: waitSeconds,
    show_pictures: showPicturesArgument,
    idempotency_key: idempotencyKey,
  }),
  body: comparisonCallSchema,
  run: async (mine, body, call) => {
    const { gateway, signal } = call;
    const { sheet = true } = body;
    const headers = {
      prefer: 'respond-async',
      ...(mine.idempotency_key === undefined ? {} : { 'idempotency-key': mine.idempotency_key }),
    };
    const answer = await callGateway(gateway, '/v1/images/comparisons', begun, {
      method: 'POST',
      body: { ...body, sheet: sheet === true ? { max_edge: SHEET_EDGE } : sheet },
      headers,
      signal,
    });
    if (body['dry_run'] === true) return factsResult(answer);
    const { id, counts } = beginning.parse(answer);
    const wish = { cells: counts.total, waitMs: mine.wait_seconds * 1000, show: mine.show_pictures };
    return comparisonResult(id, wish, call);
  },
});
