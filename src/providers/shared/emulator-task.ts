/**
 * Tasks of emulators that answer a submit with an id and are polled. A task id carries everything about its task, so
 * that any process can answer a poll, also one started after the submit.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { JsonValue } from '../provider.js';
import type { Emulation } from './emulator-kit.js';
import { sealToken } from './emulator-token.js';
import type { OutcomeName, ScriptedOutcome } from './scripted-outcome.js';

/** Part of its time that a task spends waiting. */
const WAITING_PART = 1 / 4;
/** How long a task that never ends spends waiting. */
const STALLED_WAITING_MS = 75;
/** Node refuses requests whose head is over 16 KB, and ids stand in addresses. */
const MAX_TOKEN_CHARS = 10_000;
const SHORT_PROMPT_CHARS = 2_000;

/** The outcome that a token carries on; tokens are checked to be our own, so the word is one of ours too. */
export const outcomeName = z.custom<OutcomeName>((value) => typeof value === 'string');

/** When a task began, in the emulator's time and in the machine's, and how long it takes. */
export const taskTimes = z.strictObject({
  createdAtMs: z.int(),
  startedAtMs: z.int(),
  /** Null: never ends. */
  durationMs: z.int().min(0).nullable(),
});
export type TaskTimes = z.infer<typeof taskTimes>;
export type TaskStage = 'waiting' | 'running' | 'done';

/** Times of a task that begins now: `slow` takes its own time, `stall` never ends. */
export function startTask(
  { now, taskMs }: Pick<Emulation, 'now' | 'taskMs'>,
  outcome: ScriptedOutcome | undefined,
): TaskTimes {
  const durationMs = outcome?.name === 'slow' ? outcome.delayMs : taskMs;
  return {
    createdAtMs: now().getTime(),
    startedAtMs: Date.now(),
    durationMs: outcome?.name === 'stall' ? null : durationMs,
  };
}

/** How far a task is. Either clock moves it on: a test may set the emulator's, and a frozen one must not hold tasks up. */
export function taskStage(times: TaskTimes, now: Date): TaskStage {
  const elapsedMs = taskElapsedMs(times, now);
  const { durationMs } = times;
  if (durationMs !== null && elapsedMs >= durationMs) return 'done';
  const waitingMs = durationMs === null ? STALLED_WAITING_MS : WAITING_PART * durationMs;
  return elapsedMs < waitingMs ? 'waiting' : 'running';
}

/** Time since the submit. */
export function taskElapsedMs(times: TaskTimes, now: Date): number {
  return Math.max(now.getTime() - times.createdAtMs, Date.now() - times.startedAtMs);
}

/** When a task ended, in the emulator's time. */
export function taskEnd(times: TaskTimes): Date {
  return new Date(times.createdAtMs + (times.durationMs ?? 0));
}

/** Seals what holds a prompt; a prompt that would make the token too long for an address is shortened. */
export function sealPrompted(
  value: { readonly prompt: string } & Readonly<Record<string, JsonValue>>,
): string {
  const token = sealToken(value);
  if (token.length <= MAX_TOKEN_CHARS) return token;
  return sealToken({ ...value, prompt: Array.from(value.prompt).slice(0, SHORT_PROMPT_CHARS).join('') });
}

/** Marks whose task it is without keeping the key. */
export function keyMark(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 10);
}
