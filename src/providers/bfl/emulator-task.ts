/** Tasks: what a poll tells, and the delivery links at the end (protocol notes §A2). */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { JsonValue } from '../provider.js';
import { openPicture, sealPicture, spoiledBy } from '../shared/emulator-delivery.js';
import type { LinkedPicture } from '../shared/emulator-delivery.js';
import { wrongSize } from '../shared/emulator-picture.js';
import { outcomeName, taskElapsedMs, taskEnd, taskStage, taskTimes } from '../shared/emulator-task.js';
import { refusedByStore } from './emulator-errors.js';

export const task = z.strictObject({
  route: z.string(),
  prompt: z.string(),
  width: z.int(),
  height: z.int(),
  seed: z.int(),
  format: z.enum(['jpeg', 'png', 'webp']),
  transparent: z.boolean(),
  /** Third generation: other states on the way, another result. */
  third: z.boolean(),
  linkLifeMs: z.int(),
  owner: z.string(),
  /** Where an edit's pictures are kept. */
  sources: z.uuid().nullable(),
  /** Polled at the general address; else only at the one that the submit named. */
  anywhere: z.boolean(),
  /** Variants of an end that keys ask for. */
  variant: z.enum(['plain', 'late', 'failed', 'odd']),
  outcome: outcomeName.nullable(),
  times: taskTimes,
});
export type Task = z.infer<typeof task>;

/** One poll's body, with the HTTP status that it comes with. */
export interface Told {
  readonly status: number;
  readonly body: JsonValue;
}

/** How long a region may not know of a task yet. */
export const LATE_MS = 2_000;

export function notKnown(id: string): Told {
  return told(id, 'Task not found');
}

/** What a task tells at this moment. @param linkBase origin and prefix of the emulator */
export function tellTask(id: string, known: Task, now: Date, linkBase: string): Told {
  const stage = taskStage(known.times, now);
  if (stage === 'waiting') return told(id, 'Pending', known.third ? { progress: 0 } : {});
  if (stage === 'running') return tellRunning(id, known, now);
  return tellEnd(id, known, linkBase);
}

function tellRunning(id: string, known: Task, now: Date): Told {
  if (!known.third) return told(id, 'Pending');
  const elapsedMs = taskElapsedMs(known.times, now);
  const progress = Math.min(0.95, Math.max(0.25, elapsedMs / (known.times.durationMs ?? Infinity)));
  return told(id, progress < 0.5 ? 'Reasoning' : 'Generating', { progress });
}

function tellEnd(id: string, known: Task, linkBase: string): Told {
  // Polls of tasks that failed were seen with other statuses than 200 and the usual body.
  const odd = known.variant === 'odd';
  switch (known.outcome) {
    case 'server-error':
      return told(
        id,
        known.variant === 'failed' ? 'Failed' : 'Error',
        { details: { error: 'The task failed.' } },
        odd ? 503 : 200,
      );
    case 'moderated-prompt':
    case 'moderated-input': {
      const reason = known.outcome === 'moderated-prompt' ? 'Prompt' : 'Input image';
      return told(id, 'Request Moderated', { details: { 'Moderation Reasons': [reason] } }, odd ? 422 : 200);
    }
    case 'moderated-output':
      return told(
        id,
        'Content Moderated',
        { details: { 'Moderation Reasons': ['Derivative Works Filter'] } },
        odd ? 422 : 200,
      );
    case 'no-image':
      return told(id, 'Ready');
    default:
      return told(id, 'Ready', { result: resultOf(known, linkBase) });
  }
}

function told(id: string, status: string, more: Record<string, JsonValue> = {}, httpStatus = 200): Told {
  const empty = { result: null, progress: null, details: null, preview: null };
  return { status: httpStatus, body: { id, status, ...empty, ...more } };
}

function resultOf(known: Task, linkBase: string): JsonValue {
  const end = taskEnd(known.times);
  const startS = known.times.createdAtMs / 1000;
  const duration = (known.times.durationMs ?? 0) / 1000;
  return {
    ...(known.outcome === 'text-only' ? {} : { sample: linkOf(known, linkBase, end) }),
    prompt: known.prompt,
    seed: known.seed,
    ...(known.third
      ? { expanded_prompt: `${known.prompt}, in soft natural light with fine detail`, duration }
      : { start_time: startS, end_time: startS + duration, duration }),
  };
}

function linkOf(known: Task, linkBase: string, end: Date): string {
  const expiresAtMs = end.getTime() + (known.outcome === 'expired-link' ? -1_000 : known.linkLifeMs);
  const url = new URL(`${linkBase}/delivery/${known.sources ?? randomUUID()}.${known.format}`);
  url.search = new URLSearchParams({
    se: new Date(expiresAtMs).toISOString(),
    sp: 'r',
    sig: sealPicture({
      label: known.route,
      prompt: known.prompt,
      avoid: [],
      ...(known.outcome === 'wrong-size' ? wrongSize(known) : { width: known.width, height: known.height }),
      seed: known.seed,
      format: known.format,
      transparent: known.transparent,
      expiresAtMs,
      spoiled: spoiledBy(known.outcome),
    }),
  }).toString();
  return url.href;
}

/** The name in a delivery link: that of the pictures which an edit started from, where it is one. */
export function nameInLink(path: string): string {
  return path.replace(/\.\w+$/, '');
}

/** What a delivery link stands for; the store knows no key and refuses one. */
export function openDelivery(
  query: Readonly<Record<string, unknown>>,
  key: string | undefined,
  now: Date,
): LinkedPicture {
  if (key !== undefined) throw refusedByStore('The key of another service was sent.');
  const picture = openPicture(query['sig']);
  if (picture === undefined || new Date(picture.expiresAtMs).toISOString() !== query['se']) {
    throw refusedByStore('Signature did not match.');
  }
  if (now.getTime() >= picture.expiresAtMs)
    throw refusedByStore('Signature not valid in the specified time frame.');
  return picture;
}
