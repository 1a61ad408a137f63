export type JsonPicturesReason = 'invalid_json' | 'invalid_base64' | 'too_large' | 'too_deep' | 'truncated';

/** Why a body could not be read. Messages never quote the body, so they are safe to log and to show. */
export class JsonPicturesError extends Error {
  readonly reason: JsonPicturesReason;

  constructor(reason: JsonPicturesReason, message: string) {
    super(message);
    this.name = 'JsonPicturesError';
    this.reason = reason;
  }
}

export function invalidJson(what: string): JsonPicturesError {
  return new JsonPicturesError('invalid_json', `The JSON text has ${what}.`);
}

export function invalidBase64(what: string): JsonPicturesError {
  return new JsonPicturesError('invalid_base64', `A picture's base64 text has ${what}.`);
}
