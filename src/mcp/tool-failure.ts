import { z } from 'zod';
import type { AppError } from '../errors.js';
import { errorType } from '../errors.js';

/** The error envelope of the API; further facts (`allowed`, `nearest`, …) stand inside `error`. */
export const envelopeSchema = z.object({
  error: z.looseObject({
    message: z.string(),
    type: z.string(),
    code: z.string(),
    param: z.string().nullable(),
  }),
  request_id: z.string().optional(),
});
export type Envelope = z.output<typeof envelopeSchema>;

/** What went wrong with a tool, in the words of the API. */
export class ToolFailure extends Error {
  readonly envelope: Envelope;

  constructor(envelope: Envelope, cause?: unknown) {
    super(envelope.error.message, cause === undefined ? undefined : { cause });
    this.name = 'ToolFailure';
    this.envelope = envelope;
  }
}

/** The same for what is refused here already. */
export function toToolFailure(error: AppError): ToolFailure {
  const { message, code, param, status, facts } = error;
  return new ToolFailure({
    error: { message, type: errorType(status), code, param: param ?? null, ...facts },
  });
}
