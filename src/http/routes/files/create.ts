import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../../errors.js';
import { safeFilename } from '../../../files/file-name.js';
import type { StoredFile } from '../../../files/file-record.js';
import { AlreadyCalled } from '../../../images/idempotent-calls.js';
import { storageHeaders } from '../../../limits/limits.js';
import type { Caller } from '../../../workspaces/workspace-store.js';
import { fileAnswerSchema, toFileAnswer } from '../../answers/file-answer.js';
import { callerWith } from '../../auth.js';
import { fileBodySchema, keepBodySchema, uploadFieldsSchema } from '../../bodies/file-fields.js';
import { readFileForm } from '../../bodies/file-form.js';
import type { App, HttpContext } from '../../context.js';
import { describeProblem } from '../../describe-problem.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { readIdempotentCall } from '../../idempotency-key.js';

type Confirm = Parameters<HttpContext['files']['create']>[2];

/** Stores a picture: one that is uploaded, or one that was generated and is here already. */
export function registerCreateFile(scope: App, context: HttpContext): void {
  scope.post(
    '/v1/files',
    {
      // Before the first byte of the body is read.
      onRequest: (request, _reply, done) => {
        callerWith(request, 'store');
        done();
      },
      schema: {
        tags: ['Files'],
        summary: 'Store a picture',
        description:
          'As `multipart/form-data`: the picture as `file`, with `purpose` and `expires_after`; its bytes decide its type. ' +
          'As JSON with `image_id`: keeps a generated picture without a further transfer; its links live on. ' +
          'A call with an `Idempotency-Key` stores once.',
        security: [{ apiKey: [] }],
        consumes: ['application/json', 'multipart/form-data'],
        body: fileBodySchema,
        response: { 200: fileAnswerSchema, default: errorEnvelopeSchema },
      },
      // A form has no body yet; JSON is checked below.
      validatorCompiler: () => (value: unknown) => ({ value }),
    },
    async (request, reply) => {
      const caller = callerWith(request, 'store');
      const file = request.isMultipart()
        ? await upload(request, reply, caller, context)
        : await keep(request, reply, caller, context);
      void reply.headers(storageHeaders(await context.limits.findStorage(caller)));
      return toFileAnswer(file);
    },
  );
}

async function upload(
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  context: HttpContext,
): Promise<StoredFile> {
  const { files, limits, config } = context;
  const requireRoom = await limits.openRoom(caller);
  requireRoom(1);
  const form = await readFileForm(request, context.pictures, {
    maxBytes: config.ATELIER_MAX_FILE_BYTES,
    maxPixels: config.ATELIER_MAX_PIXELS,
    requireRoom,
  });
  const parsed = uploadFieldsSchema.safeParse(form.fields, { reportInput: true });
  if (!parsed.success) throw describeProblem(parsed.error, Object.keys(uploadFieldsSchema.shape));
  const { purpose = 'vision', filename = form.filename, expires_after: expiry } = parsed.data;
  const { sha256, sizeBytes, picture } = form;
  const body = { fields: { purpose, filename, expiry }, file: sha256 };
  return once(request, reply, caller, context, body, (confirm) =>
    files.create(
      {
        workspaceId: caller.workspace.id,
        mode: caller.key.mode,
        keyId: caller.key.id,
        purpose,
        filename: safeFilename(filename, picture.mimeType),
        sha256,
        sizeBytes,
        mimeType: picture.mimeType,
        width: picture.width,
        height: picture.height,
        c2pa: picture.c2pa,
        model: undefined,
        generationId: undefined,
        imageId: undefined,
        derivedFromFileId: undefined,
      },
      expiry === undefined ? undefined : expiry.seconds * 1000,
      confirm,
    ),
  );
}

async function keep(
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  context: HttpContext,
): Promise<StoredFile> {
  const parsed = keepBodySchema.safeParse(withoutNulls(request.body), { reportInput: true });
  if (!parsed.success) throw describeProblem(parsed.error, Object.keys(keepBodySchema.shape));
  const { image_id: imageId, purpose, filename, expires_after: expiry } = parsed.data;
  return once(request, reply, caller, context, parsed.data, (confirm) =>
    context.files.keepImage(
      {
        workspaceId: caller.workspace.id,
        mode: caller.key.mode,
        keyId: caller.key.id,
        imageId,
        purpose,
        filename,
        lifeMs: expiry === undefined ? undefined : expiry.seconds * 1000,
      },
      confirm,
    ),
  );
}

/** Stores, or gives the file that an earlier call under the same idempotency key stored. */
async function once(
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  { files, limits, idempotentCalls }: HttpContext,
  body: object,
  store: (confirm: Confirm) => Promise<StoredFile>,
): Promise<StoredFile> {
  const call = readIdempotentCall(request, caller, body, undefined);
  const replay = async () => {
    const id = call === undefined ? undefined : await idempotentCalls.findFile(call);
    if (id === undefined) return undefined;
    const file = await files.find({ workspaceId: caller.workspace.id, mode: caller.key.mode }, id);
    if (file === undefined) {
      throw new AppError('file_not_found', {
        message: `The file that this \`Idempotency-Key\` stood for, ${id}, was deleted. A new key stores it again.`,
        param: 'idempotency-key',
      });
    }
    void reply.header('idempotent-replayed', 'true');
    return file;
  };
  const earlier = await replay();
  if (earlier !== undefined) return earlier;
  try {
    return await store(async (trx, fileId) => {
      if (call !== undefined) await idempotentCalls.bindFile(trx, call, fileId);
      await limits.requireStorage(caller, 0, trx);
    });
  } catch (error) {
    if (!(error instanceof AlreadyCalled)) throw error;
    const first = await replay();
    if (first !== undefined) return first;
    throw error;
  }
}

function withoutNulls(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}
