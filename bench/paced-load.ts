/**
 * Requests that come at a rate, whether or not the ones before were answered: what they wait for a slow server counts. Reads a
 * wish from its first argument (`paced-wish.ts`); prints a line when the measured time begins, and the result.
 */
import { Agent, request } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { pacedWishSchema, type PacedResult } from './paced-wish.js';

/** A caller gives up by then. */
const TIMEOUT_MS = 20_000;
const SENT_AT_ONCE = 4;

const wish = pacedWishSchema.parse(JSON.parse(process.argv[2] ?? ''));
const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 1_000 });
const latencies: number[] = [];
const problems = new Map<string, number>();
let [measuring, open, sent, bytes] = [false, 0, 0, 0];

function note(problem: string): void {
  problems.set(problem, (problems.get(problem) ?? 0) + 1);
}

function send(dueMs: number): void {
  const url = wish.urls[sent % wish.urls.length] ?? '';
  const isMeasured = measuring;
  open += 1;
  sent += 1;
  let ended = false;
  const end = (problem?: string) => {
    if (ended) return;
    ended = true;
    open -= 1;
    if (problem !== undefined) note(problem);
    else if (isMeasured) latencies.push(performance.now() - dueMs);
  };
  const call = request(
    url,
    { agent, method: wish.method, headers: wish.headers, timeout: TIMEOUT_MS },
    (answer) => {
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('end', () => {
        end(answer.statusCode === wish.status ? undefined : `status ${answer.statusCode}`);
      });
      answer.on('error', (error) => {
        end(error.message);
      });
    },
  );
  call.on('timeout', () => call.destroy(new Error('no answer in time')));
  call.on('error', (error) => {
    end(error.message);
  });
  call.end(wish.body);
}

/** Sends what is due; several at once where the timer was late. */
async function pace(durationMs: number): Promise<void> {
  const everyMs = 1000 / wish.perSecond;
  const startMs = performance.now();
  for (let dueMs = startMs; dueMs < startMs + durationMs; dueMs += everyMs) {
    const ahead = dueMs - performance.now();
    if (ahead > 1) await sleep(ahead);
    // Whoever is behind must still read what comes.
    else if (sent % SENT_AT_ONCE === 0) await nextTurn();
    send(dueMs);
  }
}

await pace(wish.warmupMs);
measuring = true;
problems.clear();
bytes = 0;
console.log(JSON.stringify({ event: 'start' }));
const startedAt = performance.now();
await pace(wish.durationMs);
const seconds = (performance.now() - startedAt) / 1000;
for (let waitedMs = 0; open > 0 && waitedMs < TIMEOUT_MS; waitedMs += 20) await sleep(20);
latencies.sort((a, b) => a - b);
const at = (part: number) =>
  latencies[Math.min(latencies.length - 1, Math.floor(part * latencies.length))] ?? 0;
const result: PacedResult = {
  event: 'result',
  seconds,
  answered: latencies.length,
  megabytes: bytes / 1e6,
  p50Ms: at(0.5),
  p95Ms: at(0.95),
  p99Ms: at(0.99),
  problems: Object.fromEntries(problems),
};
console.log(JSON.stringify(result));
process.exit(0);
