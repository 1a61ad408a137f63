/** Waiting for a task that runs at a provider and costs money whether or not anybody waits. */
import { ProviderError } from '../provider.js';
import type { ProviderEvent, ProviderIo } from '../provider.js';
import { abortKind } from './upstream-error.js';

/** What one look at a task told. */
export type TaskLook<T> =
  /** `fraction` from 0 to 1, where the provider tells one. */
  | { readonly state: 'running'; readonly fraction?: number }
  /** The look itself failed, so that nothing is known of the task: the next one may know more. */
  | { readonly state: 'unclear'; readonly error: ProviderError }
  | { readonly state: 'ended'; readonly value: T };

export interface PollSchedule {
  /** Pause before the first look, in milliseconds; each further one is half as long again. */
  readonly firstDelayMs: number;
  /** Longest pause, in milliseconds. */
  readonly maxDelayMs: number;
}

const GROWTH = 1.5;

/**
 * Looks at a task until it has ended, yields its progress and returns what the last look told. Looks that fail are
 * repeated for as long as the call may take, because the task goes on without us and is paid for.
 * @param provider display name for messages
 * @param look throws for an end without a value, e.g. a refusal; a connection that breaks is no end
 * @throws ProviderError `timeout` or `cancelled` of unknown price when the signal fires, else what `look` threw
 */
export async function* pollTask<T>(
  provider: string,
  io: ProviderIo,
  schedule: PollSchedule,
  look: () => Promise<TaskLook<T>>,
): AsyncGenerator<ProviderEvent, T, undefined> {
  let delayMs = schedule.firstDelayMs;
  let hintMs: number | undefined;
  let told: number | undefined;
  let unclear: ProviderError | undefined;
  for (;;) {
    await pause(provider, io, Math.max(delayMs, hintMs ?? 0), unclear);
    const seen = await lookOnce(provider, io, look);
    hintMs = undefined;
    switch (seen.state) {
      case 'ended':
        return seen.value;
      case 'running':
        if (seen.fraction !== undefined && seen.fraction !== told) {
          told = seen.fraction;
          yield { type: 'progress', fraction: Math.min(1, Math.max(0, seen.fraction)) };
        }
        break;
      case 'unclear':
        unclear = seen.error;
        hintMs = seen.error.info.retryAfterMs;
        break;
    }
    delayMs = Math.min(schedule.maxDelayMs, delayMs * GROWTH);
  }
}

async function pause(
  provider: string,
  io: ProviderIo,
  delayMs: number,
  cause: ProviderError | undefined,
): Promise<void> {
  try {
    await io.sleep(delayMs);
  } catch (error) {
    throw io.signal.aborted ? gaveUp(provider, io.signal, cause) : error;
  }
}

async function lookOnce<T>(
  provider: string,
  io: ProviderIo,
  look: () => Promise<TaskLook<T>>,
): Promise<TaskLook<T>> {
  try {
    return await look();
  } catch (error) {
    if (io.signal.aborted) throw gaveUp(provider, io.signal, error);
    if (error instanceof ProviderError && error.info.kind === 'connection')
      return { state: 'unclear', error };
    throw error;
  }
}

function gaveUp(provider: string, signal: AbortSignal, cause: unknown): ProviderError {
  const kind = abortKind(signal);
  return new ProviderError({
    kind,
    retryable: false,
    billed: 'unknown',
    message:
      kind === 'timeout'
        ? `${provider} did not finish its task in time.`
        : `The call was cancelled while ${provider} was still at its task.`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** For a word that nobody has documented: the task is then as good as running. */
export function unknownStatus(word: unknown): { readonly kind: 'status'; readonly what: string } {
  const shown = typeof word === 'string' ? JSON.stringify(word.slice(0, 60)) : 'none';
  return { kind: 'status', what: `the state of a task is told as ${shown}` };
}
