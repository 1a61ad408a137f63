/**
 * Many listeners on the events of generations that run, and once in a while a short generation with a listener of its own: how
 * late does it hear of the end? Reads a wish from its first argument (`watch-wish.ts`); prints a line when the measured time
 * begins, and the result.
 */
import { Agent, request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { watchWishSchema, type WatchResult } from './watch-wish.js';

/** Generations that the listeners share. */
const WATCHED = 20;
const PROBE_EVERY_MS = 250;
const PROBE_WAIT_MS = 300;
/** Longer than any step. */
const LONG_WAIT_MS = 900_000;
const CONNECT_AT_ONCE = 50;

const wish = watchWishSchema.parse(JSON.parse(process.argv[2] ?? ''));
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
const headers = { authorization: `Bearer ${wish.key}`, 'content-type': 'application/json' };
const created = z.object({ id: z.string() });
const problems = new Map<string, number>();
const lateMs: number[] = [];
let stopping = false;
let turn = 0;

function note(problem: string): void {
  if (!stopping) problems.set(problem, (problems.get(problem) ?? 0) + 1);
}

function origin(): string {
  turn += 1;
  return wish.origins[turn % wish.origins.length] ?? '';
}

async function begin(waitMs: number): Promise<string> {
  const answer = await fetch(`${origin()}/v1/images/generations`, {
    method: 'POST',
    headers: { ...headers, prefer: 'respond-async' },
    body: JSON.stringify({ model: 'gpt-image-2', prompt: `wait ${waitMs} ms` }),
  });
  if (answer.status !== 202) throw new Error(`status ${answer.status}: ${await answer.text()}`);
  return created.parse(await answer.json()).id;
}

/** Opens a stream of events. @returns once its first bytes are there */
function listen(id: string, onText: (text: string) => void, onEnd: () => void): Promise<void> {
  return new Promise((resolve) => {
    const call = request(
      `${origin()}/v1/images/generations/${id}/events`,
      { agent, headers },
      (answer: IncomingMessage) => {
        if (answer.statusCode !== 200) {
          note(`status ${answer.statusCode}`);
          answer.resume();
          resolve();
          return;
        }
        answer.on('data', (chunk: Buffer) => {
          resolve();
          onText(chunk.toString());
        });
        answer.on('end', onEnd);
        answer.on('error', (error) => {
          note(error.message);
        });
      },
    );
    call.on('error', (error) => {
      note(error.message);
      resolve();
    });
    call.end();
  });
}

async function probe(): Promise<void> {
  try {
    const id = await begin(PROBE_WAIT_MS);
    const startedMs = performance.now();
    let text = '';
    await new Promise<void>((resolve) => {
      void listen(
        id,
        (more) => {
          text += more;
          if (text.includes('event: completed')) resolve();
        },
        resolve,
      );
    });
    if (text.includes('event: completed')) lateMs.push(performance.now() - startedMs - PROBE_WAIT_MS);
    else note('a listener heard of no end');
  } catch (error) {
    note(error instanceof Error ? error.message : 'no answer');
  }
}

const watched = await Promise.all(Array.from({ length: WATCHED }, () => begin(LONG_WAIT_MS)));
for (let opened = 0; opened < wish.listeners; opened += CONNECT_AT_ONCE) {
  const count = Math.min(CONNECT_AT_ONCE, wish.listeners - opened);
  await Promise.all(
    Array.from({ length: count }, (_, index) =>
      listen(
        watched[(opened + index) % WATCHED] ?? '',
        () => {},
        () => {
          note('a stream ended');
        },
      ),
    ),
  );
}
await sleep(wish.warmupMs);
console.log(JSON.stringify({ event: 'start' }));
const probes: Promise<void>[] = [];
const endMs = performance.now() + wish.durationMs;
while (performance.now() < endMs) {
  probes.push(probe());
  await sleep(PROBE_EVERY_MS);
}
await Promise.all(probes);
stopping = true;
lateMs.sort((a, b) => a - b);
const at = (part: number) => lateMs[Math.min(lateMs.length - 1, Math.floor(part * lateMs.length))] ?? 0;
const result: WatchResult = {
  event: 'result',
  heard: lateMs.length,
  p50Ms: at(0.5),
  p95Ms: at(0.95),
  problems: Object.fromEntries(problems),
};
console.log(JSON.stringify(result));
// What is still running is given up, for the next step.
await Promise.all(
  watched.map((id) => fetch(`${origin()}/v1/images/generations/${id}`, { method: 'DELETE', headers })),
);
console.log(JSON.stringify({ event: 'gone' }));
process.exit(0);
