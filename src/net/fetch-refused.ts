export type FetchRefusal =
  | 'address'
  | 'scheme'
  | 'redirect'
  | 'status'
  | 'type'
  | 'too_large'
  | 'too_slow'
  | 'unreachable'
  | 'malformed';

/**
 * A picture that is not fetched. The message is fit for callers: it names no address, no resolver's answer and nothing that
 * the other server wrote. The cause is for the log only.
 */
export class FetchRefused extends Error {
  readonly reason: FetchRefusal;

  constructor(reason: FetchRefusal, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'FetchRefused';
    this.reason = reason;
  }
}
