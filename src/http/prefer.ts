import type { FastifyRequest } from 'fastify';

/** How long a caller wants to wait (RFC 7240): preferences are comma-separated, and unknown ones are ignored. */
interface Preferences {
  /** `respond-async`: not at all. */
  readonly async: boolean;
  /** `wait=SECONDS`; undefined: not said. */
  readonly waitS: number | undefined;
}

/** Reads the header `Prefer`. */
export function readPreferences(request: FastifyRequest): Preferences {
  const header = request.headers['prefer'];
  const preferences = [header ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((preference) => preference.split(';')[0]?.trim().toLowerCase() ?? '');
  const wait = preferences.map((preference) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(preference)?.[1]);
  const seconds = wait.find((value) => value !== undefined);
  return {
    async: preferences.some((preference) => /^respond-async\s*(=|$)/.test(preference)),
    waitS: seconds === undefined ? undefined : Number(seconds),
  };
}
