import { z } from 'zod';
import { callBodySchema } from '../../http/bodies/call-body.js';
import { editBodySchema } from '../../http/bodies/edit-body.js';
import { callGateway } from '../gateway.js';
import { defineTool, type ToolCall } from '../tool.js';
import { generationResult } from './generation-result.js';
import { idempotencyKey, showPicturesArgument, waitSeconds } from './own-arguments.js';

/** How an answer comes is the tool's business, and the built-in formats have no frames and no vectors. */
const NOT_FOR_AGENTS = {
  stream: true,
  partial_images: true,
  response_format: true,
  dry_run: true,
  svg: true,
  frame_count: true,
  frame_duration_ms: true,
  // A second name of `resolution`, and notes for programs.
  image_size: true,
  metadata: true,
  user: true,
} as const;

const forAgents = {
  model: callBodySchema.shape.model.describe(
    'Slug or alias of a model, see list_models. Needed unless `recipe` says it.',
  ),
  prompt_revision: z.boolean().optional().describe('false: use the prompt as it stands.'),
};

/** Fields of an edit; bare base64 is for programs. */
export const editFields = editBodySchema
  .omit({ ...NOT_FOR_AGENTS, images: true, image_base64: true, image_mime_type: true, mask_base64: true })
  .extend(forAgents);

const own = z.object({
  wait_seconds: waitSeconds,
  show_pictures: showPicturesArgument,
  idempotency_key: idempotencyKey,
});

export const generateImage = defineTool({
  name: 'generate_image',
  title: 'Generate pictures',
  description:
    'Makes pictures from a prompt and shows them. Costs credits; plan_image tells the price first, for free. Links and pictures are there for an ' +
    'hour: keep_image keeps what the user wants. `adjustments` in the answer say what was done otherwise than asked: tell the user. To change a ' +
    'picture, call edit_image with its id.',
  readOnly: false,
  own,
  body: callBodySchema.omit(NOT_FOR_AGENTS).extend(forAgents),
  run: (mine, body, call) => makePictures('/v1/images/generations', mine, body, call),
});

export const editImage = defineTool({
  name: 'edit_image',
  title: 'Edit pictures',
  description:
    'Changes a given picture as the prompt says and shows the result: `image` is {"image_id": "img_…"} of an earlier result, {"file_id": "file_…"}, or an ' +
    'http(s) address. Say one change and what stays. With `mask` nothing outside its transparent part changes. Costs credits.',
  readOnly: false,
  own,
  body: editFields,
  run: (mine, body, call) => makePictures('/v1/images/edits', mine, body, call),
});

const begun = z.object({ id: z.string() });
const wanted = z.object({ n: z.number().catch(1).default(1) });

async function makePictures(
  path: string,
  mine: z.output<typeof own>,
  body: Readonly<Record<string, unknown>>,
  call: ToolCall,
) {
  const headers = {
    // What is begun goes on when the client hangs up, and its id is known from the start.
    prefer: 'respond-async',
    ...(mine.idempotency_key === undefined ? {} : { 'idempotency-key': mine.idempotency_key }),
  };
  const { signal, gateway } = call;
  const { id } = await callGateway(gateway, path, begun, { method: 'POST', body, headers, signal });
  const { n } = wanted.parse(body);
  return generationResult(id, { n, waitMs: mine.wait_seconds * 1000, show: mine.show_pictures }, call);
}
