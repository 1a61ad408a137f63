import { z } from 'zod';

/** Many clients give a tool a minute. */
const DEFAULT_WAIT_S = 50;
const MAX_WAIT_S = 600;

export const waitSeconds = z
  .number('must be a number')
  .min(0, `must be from 0 to ${MAX_WAIT_S}`)
  .max(MAX_WAIT_S, `must be from 0 to ${MAX_WAIT_S}`)
  .default(DEFAULT_WAIT_S)
  .describe(
    `How long to wait for the end, in seconds; ${DEFAULT_WAIT_S} by default, since many clients give a tool a minute. What takes longer goes on, and ` +
      'get_image gets it by the id in the answer.',
  );

export const showPicturesArgument = z
  .boolean('must be true or false')
  .default(true)
  .describe('false: links only, no pictures in the answer.');

export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters without spaces')
  .optional()
  .describe(
    'Text of your own. A call that is repeated with the same key and the same arguments gives the same pictures and is charged once.',
  );
