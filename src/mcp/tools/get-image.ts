import { z } from 'zod';
import { AppError } from '../../errors.js';
import { callGateway, readPicture } from '../gateway.js';
import { factsResult, pictureBlock, seenImage, showPictures } from '../results.js';
import { defineTool, type ToolCall } from '../tool.js';
import { comparisonResult } from './comparison-result.js';
import { generationResult } from './generation-result.js';
import { showPicturesArgument, waitSeconds } from './own-arguments.js';

const MAX_FILE_BYTES = 1024 * 1024;
const IDS = ['image_id', 'generation_id', 'comparison_id', 'file_id'] as const;

const id = (what: string) =>
  z.string('must be text').max(100, 'must have at most 100 characters').optional().describe(what);
const jsonObject = z.record(z.string(), z.json());
const countsOf = z.object({ counts: z.object({ total: z.number() }) });

export const getImage = defineTool({
  name: 'get_image',
  title: 'Get a picture',
  description:
    'Shows a picture again with a fresh link and what is known of it, or what became of a generation or a comparison that took longer. Exactly one id is needed.',
  readOnly: true,
  own: z.object({
    image_id: id('A picture, img_…'),
    generation_id: id('All pictures of a call, gen_…; waits for its end.'),
    comparison_id: id('A comparison, cmp_…; waits for its end.'),
    file_id: id('A kept picture, file_…'),
    wait_seconds: waitSeconds,
    show_pictures: showPicturesArgument,
  }),
  body: z.object({}),
  run: async (mine, _body, call) => {
    const given = IDS.filter((name) => mine[name] !== undefined);
    const [only] = given;
    if (only === undefined || given.length > 1) {
      throw new AppError('invalid_request', {
        message: `Exactly one of ${IDS.map((name) => `\`${name}\``).join(', ')} is needed.`,
        param: given[1] ?? 'image_id',
        facts: { allowed: [...IDS] },
      });
    }
    const value = mine[only] ?? '';
    const wish = { waitMs: mine.wait_seconds * 1000, show: mine.show_pictures };
    switch (only) {
      case 'generation_id':
        return generationResult(value, { ...wish, n: 1 }, call);
      case 'comparison_id': {
        const path = `/v1/images/comparisons/${encodeURIComponent(value)}`;
        const { counts } = await callGateway(call.gateway, path, countsOf, call);
        return comparisonResult(value, { ...wish, cells: counts.total }, call);
      }
      case 'image_id':
        return imageResult(value, wish.show, call);
      case 'file_id':
        return fileResult(value, wish.show, call);
    }
  },
});

async function imageResult(imageId: string, show: boolean, call: ToolCall) {
  const path = `/v1/images/${encodeURIComponent(imageId)}`;
  const answer = await callGateway(call.gateway, path, jsonObject, call);
  // What is shown is one of them already.
  const facts = Object.fromEntries(Object.entries(answer).filter(([name]) => name !== 'previews'));
  return factsResult(facts, await showPictures([seenImage.parse(facts)], show, call));
}

async function fileResult(fileId: string, show: boolean, call: ToolCall) {
  const path = `/v1/files/${encodeURIComponent(fileId)}`;
  const facts = await callGateway(call.gateway, path, jsonObject, call);
  const shown = show
    ? await readPicture(call.gateway, `${path}/content`, MAX_FILE_BYTES, call.signal)
    : undefined;
  return factsResult(facts, shown === undefined ? [] : [pictureBlock(shown)]);
}
