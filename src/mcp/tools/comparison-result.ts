import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { callGateway, readPicture } from '../gateway.js';
import { factsResult, pictureBlock } from '../results.js';
import type { ToolCall } from '../tool.js';
import { waitForEnd } from '../wait-for-end.js';

const MAX_SHEET_BYTES = 1024 * 1024;

const seenComparison = z.object({
  id: z.string(),
  status: z.string(),
  axes: z.array(z.json()),
  counts: z.record(z.string(), z.number()),
  credits_quoted: z.number(),
  credits_used: z.number(),
  sheet: z.object({ file_id: z.string() }).optional(),
  warnings: z.array(z.string()),
  cells: z.array(
    z.object({
      index: z.number(),
      coordinates: z.json(),
      status: z.string(),
      images: z.array(z.object({ id: z.string(), url: z.string().optional() })),
      credits_used: z.number(),
      latency_ms: z.number().optional(),
      adjustments: z.array(z.json()),
      error: z.json().optional(),
    }),
  ),
  table: z.array(z.json()),
});

interface Wish {
  readonly cells: number;
  readonly waitMs: number;
  readonly show: boolean;
}

/** What became of a comparison, waited for as long as is wanted, with its contact sheet. */
export async function comparisonResult(id: string, wish: Wish, call: ToolCall): Promise<CallToolResult> {
  const { gateway, signal } = call;
  const path = `/v1/images/comparisons/${encodeURIComponent(id)}`;
  let ended = 0;
  await waitForEnd(`${path}/events`, wish.waitMs, call, ({ event }) => {
    if (!/^cell_(finished|failed|cancelled)$/.test(event)) return;
    ended += 1;
    call.tellProgress(Math.min(ended, wish.cells), wish.cells, `${ended} of ${wish.cells} cells have ended`);
  });
  const whole = await callGateway(gateway, path, seenComparison, { signal });
  if (whole.status === 'running') {
    const next = `It goes on. Call get_image with {"comparison_id": "${whole.id}"}; don’t compare again.`;
    return factsResult({ id: whole.id, status: whole.status, counts: whole.counts, next });
  }
  const sheet =
    whole.sheet === undefined || !wish.show
      ? undefined
      : await readPicture(gateway, `/v1/files/${whole.sheet.file_id}/content`, MAX_SHEET_BYTES, signal);
  return factsResult(whole, sheet === undefined ? [] : [pictureBlock(sheet)]);
}
