/** A gateway under mixed work for a long time, stopped now and then to look at what it has kept. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { z } from 'zod';
import { createTestFolder } from '../../factories/temporary-folder.js';
import { findFreePort } from '../free-port.js';
import { startGatewayProcess, type GatewayProcess } from '../gateway-process.js';
import { inspectorEnv, inspectProcess } from '../inspected-process.js';
import { makeNoisePng } from '../noise-png.js';
import { readMetrics } from '../prometheus.js';
import { startSlowUpstream } from '../slow-upstream.js';
import { startWebhookReceiver } from '../webhook-receiver.js';
import { slopeOf } from './least-squares.js';
import { doWork } from './mixed-work.js';

const KEY = 'live-key-of-the-soak-0001';
const ADMIN_TOKEN = 'admin-token-of-the-soak';
const CREDITS = 1_000_000_000;
const PRICE_DIGITS = 1e6;
/** Idle connections to the upstream are closed by then. */
const SETTLE_MS = 3_000;
/** It ends then: the rest would say the same. */
const MOST_ERRORS = 20;

export interface SoakOptions {
  readonly callers: number;
  /** What the upstream takes. */
  readonly latencyMs: readonly [min: number, max: number];
  readonly pictureBytes: number;
  /** Rounds that nothing is told of: code is compiled and caches are filled. */
  readonly warmupRounds: number;
  readonly rounds: number;
  readonly roundMs: number;
}

/** The gateway after a round, when nothing runs. */
export interface SoakRound {
  readonly seconds: number;
  readonly generations: number;
  /** Memory that is alive, without garbage. */
  readonly aliveBytes: number;
  readonly residentBytes: number;
  readonly resources: number;
  readonly openFiles: number;
  readonly databaseBytes: number;
  readonly halfWritten: number;
  readonly blobs: number;
  /** While it worked. */
  readonly loopDelayP99Ms: number;
}

export interface SoakResult {
  readonly rounds: readonly SoakRound[];
  readonly errors: readonly string[];
  /** What callers were told that they were charged, and what is gone; microcredits. */
  readonly told: number;
  readonly gone: number;
  readonly held: number;
  /** Deliveries to the webhook that arrived. */
  readonly delivered: number;
  /** Of every round, warm-up included. */
  readonly generations: number;
  /** By least squares over the rounds. */
  readonly aliveBytesPerGeneration: number;
  readonly databaseBytesPerGeneration: number;
  readonly exitCode: number | null;
}

export async function runSoak(
  options: SoakOptions,
  onRound: (round: SoakRound) => void,
): Promise<SoakResult> {
  const folder = createTestFolder();
  const upstream = await startSlowUpstream(options.pictureBytes);
  const receiver = await startWebhookReceiver();
  const port = await findFreePort();
  const gateway = await startGatewayProcess({
    // Wrong keys are a part of the work, and all come from one address.
    ATELIER_MAX_FAILED_KEYS: '0',
    ...inspectorEnv(port),
    ATELIER_DATA_DIR: folder.path,
    ATELIER_BOOTSTRAP_KEY: KEY,
    ATELIER_BOOTSTRAP_CREDITS: String(CREDITS),
    ATELIER_ADMIN_TOKEN: ADMIN_TOKEN,
    OPENAI_API_KEY: 'key-of-the-slow-upstream',
    OPENAI_BASE_URL: upstream.baseUrl,
    ATELIER_WEBHOOK_HOSTS: receiver.host,
    // Pictures go, so that what they take stays the same; and what is kept in memory of them varies little.
    ATELIER_LINK_TTL_S: '60',
    ATELIER_RECENT_BYTES: String(4 * 1024 * 1024),
  });
  try {
    await prepare(gateway, receiver.url);
    const soak = new Soak(gateway, folder.path, options);
    const inspected = await inspectProcess(port);
    const rounds: SoakRound[] = [];
    for (let round = 0; round < options.warmupRounds + options.rounds; round += 1) {
      const loopDelayP99Ms = await soak.work();
      if (round < options.warmupRounds) continue;
      await sleep(SETTLE_MS);
      const seen = { ...(await soak.look(await inspected.look())), loopDelayP99Ms };
      rounds.push(seen);
      onRound(seen);
    }
    inspected.close();
    const account = await soak.credits();
    const exitCode = await gateway.stop();
    return {
      rounds,
      errors: soak.errors,
      told: soak.told,
      gone: Math.round((CREDITS - account.balance) * PRICE_DIGITS),
      held: Math.round(account.held * PRICE_DIGITS),
      delivered: receiver.calls.length,
      generations: rounds.at(-1)?.generations ?? 0,
      aliveBytesPerGeneration: slopeOf(rounds.map((one) => [one.generations, one.aliveBytes])),
      databaseBytesPerGeneration: slopeOf(rounds.map((one) => [one.generations, one.databaseBytes])),
      exitCode,
    };
  } finally {
    await gateway.kill();
    await upstream.close();
    await receiver.close();
    folder.remove();
  }
}

const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

async function prepare(gateway: GatewayProcess, hookUrl: string): Promise<void> {
  const send = async (method: string, pathname: string, body: object) => {
    const answer = await fetch(gateway.url + pathname, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${pathname} answers ${answer.status}: ${await answer.text()}`);
  };
  await send('PATCH', '/v1/workspace', { retention: { pictures_s: 60 } });
  await send('POST', '/v1/webhooks', { url: hookUrl, events: ['generation.completed'] });
}

class Soak {
  readonly errors: string[] = [];
  /** Microcredits that callers were told of. */
  told = 0;
  readonly #gateway: GatewayProcess;
  readonly #folder: string;
  readonly #options: SoakOptions;
  readonly #startedMs = performance.now();
  readonly #edited = makeNoisePng(30_000, 7);
  #place = 0;

  constructor(gateway: GatewayProcess, folder: string, options: SoakOptions) {
    this.#gateway = gateway;
    this.#folder = folder;
    this.#options = options;
  }

  /** One round of work, to its end. @returns p99 of the event loop's delay meanwhile, in milliseconds */
  async work(): Promise<number> {
    const { callers, latencyMs, roundMs } = this.#options;
    const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
    const [minMs, maxMs] = latencyMs;
    const caller = {
      url: this.#gateway.url,
      key: KEY,
      agent,
      pictures: [],
      edited: this.#edited,
      waitMs: () => Math.round(minMs + Math.random() * (maxMs - minMs)),
    };
    await this.#metrics();
    const endMs = performance.now() + roundMs;
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (performance.now() < endMs && this.errors.length < MOST_ERRORS) {
          const place = this.#place;
          this.#place += 1;
          try {
            const charged = await doWork(place, caller);
            this.told += Math.round(charged * PRICE_DIGITS);
          } catch (error) {
            const cause = error instanceof Error ? error.cause : undefined;
            this.errors.push(`${String(error)}: ${String(cause)}`);
          }
        }
      }),
    );
    const delayS = (await this.#metrics()).get('atelier_event_loop_delay_seconds{stat="p99"}') ?? NaN;
    await agent.close();
    return delayS * 1000;
  }

  async look(alive: {
    readonly bytes: number;
    readonly resources: number;
  }): Promise<Omit<SoakRound, 'loopDelayP99Ms'>> {
    const metrics = await this.#metrics();
    let generations = 0;
    for (const [series, value] of metrics) {
      if (series.startsWith('atelier_generations_total{')) generations += value;
    }
    const blobs = path.join(this.#folder, 'blobs');
    const files = readdirSync(blobs, { recursive: true, encoding: 'utf8' });
    return {
      seconds: (performance.now() - this.#startedMs) / 1000,
      generations,
      aliveBytes: alive.bytes,
      residentBytes: metrics.get('atelier_process_memory_bytes{kind="resident"}') ?? NaN,
      resources: alive.resources,
      openFiles: metrics.get('atelier_process_open_fds') ?? NaN,
      databaseBytes: statSync(path.join(this.#folder, 'atelier.sqlite')).size,
      halfWritten: readdirSync(path.join(blobs, 'incoming')).length,
      blobs: files.filter((name) => /[0-9a-f]{64}$/.test(name)).length,
    };
  }

  async credits(): Promise<{ readonly balance: number; readonly held: number }> {
    const answer = await fetch(`${this.#gateway.url}/v1/credits`, { headers });
    return z.object({ balance: z.number(), held: z.number() }).parse(await answer.json());
  }

  #metrics(): Promise<ReadonlyMap<string, number>> {
    return readMetrics(this.#gateway.url, ADMIN_TOKEN);
  }
}
