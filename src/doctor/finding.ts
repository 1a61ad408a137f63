/** What a look at one part of an installation found. */
export interface Finding {
  /** The part, such as `database` or `key of xai`. */
  readonly part: string;
  /** `warn`: it works, and something should be looked at. `unknown`: it can't be told without costs. */
  readonly state: 'ok' | 'warn' | 'fail' | 'unknown';
  /** A sentence without secrets. */
  readonly what: string;
  /** What to do about it. */
  readonly mend?: string;
}

/** Looks at one part; whatever it throws becomes a finding. */
export async function lookAt(
  part: string,
  mend: string,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [{ part, state: 'fail', what: reasonOf(error), mend }];
  }
}

/** The words of a failure, of its innermost cause where that says more. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed for an unknown reason';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const own = error.message === '' ? code : error.message;
  // Several addresses of one host fail together, without words of their own.
  if (error instanceof AggregateError && own === undefined) return reasonOf(error.errors[0]);
  return own ?? (error.cause === undefined ? error.name : reasonOf(error.cause));
}
