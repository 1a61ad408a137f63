import { z } from 'zod';
import { AppError } from '../../../errors.js';
import type { ListedImage } from '../../../images/list-images-store.js';
import {
  imageLinksSchema,
  linksFor,
  previewsSchema,
  toImageLinks,
  toPreviews,
  type LinkMaker,
} from '../../answers/image-links.js';
import { listQuery, pageSchema, readListQuery, toPage } from '../../answers/list-page.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const imageSchema = z
  .object({
    id: z.string(),
    object: z.literal('image'),
    created: z.number().int(),
    generation_id: z.string(),
    model: z.string().describe('The model that made it.'),
    operation: z.enum(['generate', 'edit']),
    prompt: z.string().optional(),
    revised_prompt: z.string().optional(),
    seed: z.number().int().optional(),
    width: z.number().int(),
    height: z.number().int(),
    mime_type: z.string(),
    bytes: z.number().int(),
    sha256: z.string().describe('Of the bytes, hexadecimal.'),
    lost: z
      .literal(true)
      .optional()
      .describe('A check of the store found its bytes missing or damaged; there are no links.'),
    ...imageLinksSchema.shape,
    previews: previewsSchema,
    original: z
      .object({
        sha256: z.string(),
        bytes: z.number().int(),
        mime_type: z.string(),
        width: z.number().int(),
        height: z.number().int(),
      })
      .optional()
      .describe('The provider’s picture behind `original_url`.'),
    file_id: z.string().optional().describe('The file that keeps it.'),
    expires_at: z
      .number()
      .int()
      .describe('Unix seconds; the link ends then, and so does the picture unless a file keeps it.'),
    parents: z.array(z.string()).optional().describe('Pictures that it was edited from.'),
  })
  .meta({ id: 'Image' });

/** The pictures of a workspace that are there. */
export function registerListImages(app: App, context: HttpContext): void {
  app.get(
    '/v1/images',
    {
      schema: {
        tags: ['Images'],
        summary: 'List pictures',
        description: 'Pictures whose hour is not over and those that are kept, newest first.',
        security: [{ apiKey: [] }],
        querystring: listQuery({ fallback: 20, max: 100 }).extend({
          model: z.string().max(200).optional().describe('Slug or alias.'),
          operation: z.enum(['generate', 'edit']).optional(),
          kept: z
            .enum(['true', 'false'])
            .optional()
            .describe('true: those that a file keeps. false: those that end with their hour.'),
          parent: z.string().max(100).optional().describe('A picture that they were edited from.'),
        }),
        response: { 200: pageSchema(imageSchema), default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const { workspace, key } = callerWith(request, 'read');
      const { model, operation, kept, parent } = request.query;
      const found = await context.generations.listImages(
        { workspaceId: workspace.id, mode: key.mode },
        {
          ...readListQuery(request.query),
          model: model === undefined ? undefined : (context.catalogue.find(model)?.entry.slug ?? model),
          operation,
          kept: kept === undefined ? undefined : kept === 'true',
          parent,
        },
      );
      const links = linksFor(context);
      return toPage(
        found.map((image) => toAnswer(image, links)),
        request.query,
      );
    },
  );
  app.get(
    '/v1/images/:id',
    {
      schema: {
        tags: ['Images'],
        summary: 'Read about a picture',
        description: 'Without links once its bytes were given up.',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        response: { 200: imageSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const { workspace, key } = callerWith(request, 'read');
      const owner = { workspaceId: workspace.id, mode: key.mode };
      const image = await context.generations.findListedImage(owner, request.params.id);
      if (image === undefined) {
        throw new AppError('not_found', { message: 'There is no picture with this id.', param: 'id' });
      }
      return toAnswer(image, linksFor(context));
    },
  );
}

function toAnswer(image: ListedImage, links: LinkMaker): z.output<typeof imageSchema> {
  const original = image.origin?.original;
  return {
    id: image.id,
    object: 'image',
    created: seconds(image.createdAt),
    generation_id: image.generationId,
    model: image.model,
    operation: image.operation,
    ...(image.prompt === undefined ? {} : { prompt: image.prompt }),
    ...(image.revisedPrompt === undefined ? {} : { revised_prompt: image.revisedPrompt }),
    ...(image.seed === undefined ? {} : { seed: image.seed }),
    width: image.width,
    height: image.height,
    mime_type: image.mimeType,
    bytes: image.sizeBytes,
    sha256: image.sha256,
    ...(image.lost
      ? { lost: true as const, previews: [] }
      : { ...toImageLinks(image, links), previews: toPreviews(image, links) }),
    ...(original === undefined
      ? {}
      : {
          original: {
            sha256: original.sha256,
            bytes: original.sizeBytes,
            mime_type: original.mimeType,
            width: original.width,
            height: original.height,
          },
        }),
    ...(image.fileId === undefined ? {} : { file_id: image.fileId }),
    expires_at: seconds(image.fileId === undefined ? image.expiresAt : links.until),
    ...(image.parentIds.length === 0 ? {} : { parents: [...image.parentIds] }),
  };
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
