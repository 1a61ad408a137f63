/**
 * A closed loop of callers on raw sockets that all read into one buffer, so that a byte costs one copy. Every answer's status
 * and length are looked at; the first ones and every 200th are decoded and their pictures' hashes compared.
 *
 * Reads `{urls, key, body, concurrency, warmupMs, durationMs, hashes}` from its first argument. Prints a line `{"event":"start"}`
 * when the measured time begins, and the result.
 */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { loadWishSchema, type LoadResult } from './load-wish.js';

const SAMPLE = 200;
const ALWAYS = 8;
/** Ids and times in an answer vary a little in length. */
const SLACK_BYTES = 512;
const answerSchema = z.object({
  data: z.array(z.object({ b64_json: z.string().optional(), url: z.string().optional() })),
});

const wish = loadWishSchema.parse(JSON.parse(process.argv[2] ?? ''));
const shared = Buffer.allocUnsafeSlow(256 * 1024);
const latencies: number[] = [];
const problems: string[] = [];
const checks = new Set<Promise<void>>();
let [measuring, stopped] = [false, false];
let [sent, answered, usual] = [0, 0, 0];

async function check(body: Buffer, url: string): Promise<void> {
  try {
    const { data } = answerSchema.parse(JSON.parse(body.toString('latin1')));
    for (const { b64_json: base64, url: link } of data) {
      const bytes =
        base64 !== undefined
          ? Buffer.from(base64, 'base64')
          : Buffer.from(await (await fetch(new URL(link ?? '', url))).arrayBuffer());
      const hash = createHash('sha256').update(bytes).digest('hex');
      if (!wish.hashes.includes(hash)) problems.push(`a picture of ${bytes.length} bytes that nobody sent`);
    }
  } catch (error) {
    problems.push(String(error));
  }
}

function call(target: string): void {
  const url = new URL(target);
  const requestWith = (body: string) =>
    Buffer.from(
      `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: Bearer ${wish.key}\r\n` +
        `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  let request = requestWith(wish.body);
  let head = '';
  let [left, size, sentAt, waitMs] = [-1, 0, 0, 0];
  let kept: Buffer[] | undefined;
  const send = () => {
    if (wish.waits !== undefined) {
      const { minMs, maxMs } = wish.waits;
      waitMs = Math.round(minMs + Math.random() * (maxMs - minMs));
      request = requestWith(wish.body.replace('WAIT_MS', String(waitMs)));
    }
    [head, left, size, sentAt] = ['', -1, 0, performance.now()];
    kept = sent < ALWAYS || sent % SAMPLE === 0 ? [] : undefined;
    sent += 1;
    socket.write(request);
  };
  const end = () => {
    if (measuring) latencies.push(performance.now() - sentAt - waitMs);
    answered += 1;
    if (!head.startsWith('HTTP/1.1 200')) problems.push(head.slice(0, 200));
    else if (kept !== undefined) {
      if (usual === 0) usual = size;
      const checking = check(Buffer.concat(kept), target).finally(() => checks.delete(checking));
      checks.add(checking);
    }
    if (usual !== 0 && Math.abs(size - usual) > SLACK_BYTES) problems.push(`${size} bytes, not ${usual}`);
    if (stopped) socket.destroy();
    else send();
  };
  const socket = connect({
    host: url.hostname,
    port: Number(url.port),
    noDelay: true,
    onread: {
      buffer: shared,
      callback: (length) => {
        let at = 0;
        if (left < 0) {
          const had = head.length;
          head += shared.toString('latin1', 0, length);
          const to = head.indexOf('\r\n\r\n');
          if (to < 0) return true;
          left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
          at = to + 4 - had;
          head = head.slice(0, to);
        }
        const part = length - at;
        if (kept !== undefined) kept.push(Buffer.from(shared.subarray(at, length)));
        size += part;
        left -= part;
        if (left <= 0) end();
        return true;
      },
    },
  });
  socket.on('connect', send);
  socket.on('error', (error) => {
    if (!stopped) problems.push(error.message);
  });
  socket.on('close', () => {
    if (!stopped) problems.push('the connection was closed');
  });
}

// Where calls take seconds, callers begin one after the other: what comes in step stays in step.
const apartMs = wish.waits === undefined ? 0 : wish.warmupMs / 2 / wish.concurrency;
for (let index = 0; index < wish.concurrency; index += 1) {
  call(wish.urls[index % wish.urls.length] ?? '');
  if (apartMs > 0) await sleep(apartMs);
}
await sleep(apartMs > 0 ? wish.warmupMs / 2 : wish.warmupMs);
measuring = true;
const startedAt = performance.now();
console.log(JSON.stringify({ event: 'start' }));
await sleep(wish.durationMs);
// A figure needs an answer: on a busy machine the first may take longer than the time that was asked for.
for (let waitedMs = 0; latencies.length === 0 && waitedMs < 60_000; waitedMs += 20) await sleep(20);
measuring = false;
const seconds = (performance.now() - startedAt) / 1000;
stopped = true;
// What is under way is answered, so that every picture that was charged was also counted.
for (let waitedMs = 0; answered < sent && waitedMs < 60_000; waitedMs += 20) await sleep(20);
await Promise.allSettled([...checks]);
latencies.sort((a, b) => a - b);
const at = (part: number) =>
  latencies[Math.min(latencies.length - 1, Math.floor(part * latencies.length))] ?? 0;
const result: LoadResult = {
  event: 'result',
  seconds,
  images: latencies.length,
  answered,
  p50Ms: at(0.5),
  p95Ms: at(0.95),
  p99Ms: at(0.99),
  problems: problems.slice(0, 5),
};
console.log(JSON.stringify(result));
process.exit(0);
