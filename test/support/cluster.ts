/** Two replicas in processes of their own, on the same stores, behind nginx as the documentation sets it up. */
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { findFreePort } from './free-port.js';
import { startNginx, type Nginx } from './nginx.js';
import { replicaAnswer, type ReplicaAnswer, type ReplicaOrder } from './replica-messages.js';
import type { TestGateway } from './test-gateway.js';

const REPLICAS = 2;

/** Two gateways that look like one. */
export interface TestCluster extends TestGateway {
  /** Turns the clock of all replicas. The promise is there for whoever calls next. */
  setTime(now: Date): Promise<void>;
}

/**
 * @param env settings of both; the stores must be such that several can share them
 * @param now where their clocks stand; undefined: they run
 */
export async function startCluster(
  env: Readonly<Record<string, string>>,
  now: Date | undefined,
): Promise<TestCluster> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const started: { readonly process: ReplicaProcess; readonly server: number; readonly url: string }[] = [];
  const stopAll = () =>
    Promise.all(started.map(({ process, server }) => process.order({ order: 'stop', server })));
  let nginx: Nginx | undefined;
  let testKey: string | undefined;
  try {
    // One after the other: the first one makes the first workspace and shows its keys.
    for (const process of loadedReplicas()) {
      const answer = await process.order({
        order: 'start',
        env: { ATELIER_PUBLIC_URL: url, ...env, ...sharedOut(env) },
        ...(now === undefined ? {} : { nowMs: now.getTime() }),
      });
      if (answer.url === undefined) throw new Error('a replica that started has an address');
      started.push({ process, server: answer.id, url: answer.url });
      testKey ??= answer.testKey;
    }
    nginx = await startNginx(
      port,
      started.map((one) => one.url),
    );
  } catch (error) {
    await stopAll();
    throw error;
  }
  return {
    url,
    testKey,
    setTime: async (time) => {
      const nowMs = time.getTime();
      await Promise.all(
        started.map(({ process, server }) => process.order({ order: 'time', server, nowMs })),
      );
    },
    sweep: async () => {
      const [first] = started;
      const answer = await first?.process.order({ order: 'sweep', server: first.server });
      return answer?.removed ?? { pictures: 0, blobs: 0 };
    },
    stop: async () => {
      await stopAll();
      await nginx.stop();
    },
  };
}

/** Places are counted by process: together the replicas have as many as the test wants. */
function sharedOut(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const places = Number(env['ATELIER_MAX_RUNNING'] ?? 0);
  return places < REPLICAS ? {} : { ATELIER_MAX_RUNNING: String(Math.floor(places / REPLICAS)) };
}

let loaded: readonly ReplicaProcess[] | undefined;

/** Loading the gateway takes seconds: the files of one test process use the same replicas, each file with gateways of its own. */
function loadedReplicas(): readonly ReplicaProcess[] {
  loaded ??= Array.from({ length: REPLICAS }, () => new ReplicaProcess());
  return loaded;
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

class ReplicaProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: ReplicaAnswer) => void>();
  #lastId = 0;

  constructor() {
    this.#child = fork(path.join(import.meta.dirname, 'replica-in-child.ts'), {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    // It ends with this process, and must not keep it from ending.
    this.#child.unref();
    this.#child.channel?.unref();
    this.#child.on('message', (message) => {
      const answer = replicaAnswer.parse(message);
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#child.on('exit', () => {
      for (const [id, answer] of this.#waiting) answer({ id, failure: 'the replica ended' });
      this.#waiting.clear();
    });
  }

  /** @throws Error with the words of the replica where it could not do it */
  async order(order: WithoutId<ReplicaOrder>): Promise<ReplicaAnswer> {
    const id = (this.#lastId += 1);
    const answered = new Promise<ReplicaAnswer>((resolve) => this.#waiting.set(id, resolve));
    this.#child.send({ ...order, id });
    // The event loop must not be empty while an answer is due.
    this.#child.channel?.ref();
    const answer = await answered;
    if (this.#waiting.size === 0) this.#child.channel?.unref();
    if (answer.failure !== undefined) throw new Error(answer.failure);
    return answer;
  }
}
