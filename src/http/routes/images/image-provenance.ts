import PQueue from 'p-queue';
import { z } from 'zod';
import { AppError } from '../../../errors.js';
import { isBlobMissing } from '../../../files/blob-store.js';
import { readProvenance } from '../../../provenance/read-provenance.js';
import {
  provenanceReportSchema,
  toReportAnswer,
  type ProvenanceReportAnswer,
} from '../../../provenance/report-answer.js';
import { imageProvenanceSchema, toImageProvenance } from '../../answers/image-provenance.js';
import { imageLinksSchema, linksFor, toImageLinks } from '../../answers/image-links.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

/** Pictures that are read whole at once. */
const WHOLE_PICTURES = 2;

const answerSchema = z
  .object({
    id: z.string(),
    object: z.literal('image.provenance'),
    generation_id: z.string(),
    record: imageProvenanceSchema
      .extend({
        model: z.string(),
        provider: z.string().optional(),
        operator: z.string().optional(),
        country: z.string().optional(),
        parents: z.array(z.string()).describe('Pictures of earlier generations that it was edited from.'),
      })
      .describe('What the gateway knows.'),
    picture: provenanceReportSchema
      .extend({ sha256: z.string() })
      .describe('What the picture’s bytes say themselves.'),
    original: provenanceReportSchema
      .extend({ sha256: z.string(), url: imageLinksSchema.shape.original_url })
      .optional()
      .describe('The provider’s signed picture that this one was converted from.'),
  })
  .meta({ id: 'ImageProvenance' });

/** Where a picture comes from: by the record, by its bytes, and by the original that was kept beside it. */
export function registerImageProvenance(app: App, context: HttpContext): void {
  const queue = new PQueue({ concurrency: WHOLE_PICTURES });
  const read = async (sha256: string): Promise<ProvenanceReportAnswer & { sha256: string }> => {
    const bytes = await context.pictures.readBuffer(sha256).catch((error: unknown) => {
      throw isBlobMissing(error) ? bytesGone() : error;
    });
    return { sha256, ...toReportAnswer(readProvenance(bytes)) };
  };
  app.get(
    '/v1/images/:id/provenance',
    {
      schema: {
        tags: ['Images'],
        summary: 'Where a picture comes from',
        description:
          'Content credentials (C2PA) and XMP as they stand in the bytes, beside what the gateway knows. Signatures are not checked.',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        response: { 200: answerSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const { workspace, key } = callerWith(request, 'read');
      const source = await context.generations.findSource(workspace.id, key.mode, request.params.id);
      if (source === undefined) {
        throw new AppError('not_found', { message: 'There is no picture with this id.', param: 'id' });
      }
      const { image } = source;
      if (image.removed) {
        throw bytesGone();
      }
      const generation = await context.generations.find(workspace.id, key.mode, image.generationId);
      const receipt = generation?.result?.receipt;
      const original = image.origin?.original;
      const links = toImageLinks(image, linksFor(context));
      return queue.add(async () => ({
        id: image.id,
        object: 'image.provenance' as const,
        generation_id: image.generationId,
        record: {
          ...toImageProvenance(image),
          model: receipt?.model ?? generation?.model ?? '',
          ...(receipt === undefined
            ? {}
            : { provider: receipt.provider, operator: receipt.operator, country: receipt.country }),
          parents: [...(generation?.parentIds ?? [])],
        },
        picture: await read(image.sha256),
        ...(original === undefined
          ? {}
          : { original: { ...(await read(original.sha256)), url: links.original_url } }),
      }));
    },
  );
}

function bytesGone(): AppError {
  return new AppError('image_expired', { message: 'The bytes of this picture are gone.', param: 'id' });
}
