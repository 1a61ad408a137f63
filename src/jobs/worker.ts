import { setInterval } from 'node:timers';
import type { Db } from '../db/db.js';
import type { Signals } from '../db/signals.js';
import type { Job } from '../images/generation.js';
import type { GenerationStore } from '../images/generation-store.js';
import type { ImageService } from '../images/image-service.js';
import type { Lanes } from '../images/lanes.js';
import type { Caller } from '../workspaces/workspace-store.js';
import type { Leases } from './lease-store.js';
import type { Queue } from './queue-store.js';

/** How often the queue is looked at without a hint. */
const POLL_MS = 2_000;
/** Claimed at a time, so that processes share what waits. */
const MAX_CLAIM = 16;

export interface WorkerParts {
  readonly queue: Queue;
  readonly leases: Leases;
  readonly leaseMs: number;
  readonly generations: GenerationStore;
  readonly images: ImageService;
  readonly lanes: Lanes;
  readonly signals: Signals;
  /** The caller behind a key, even a revoked one. */
  readonly findCaller: (keyId: string) => Promise<Caller | undefined>;
  /** The same, for keys that may begin something. */
  readonly findValidCaller: (keyId: string) => Promise<Caller | undefined>;
  readonly patiently: Db['patiently'];
  readonly onTakenOver: (count: number) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Runs what waits in the queue, as far as this process has places free, and what other processes left. Every process has one;
 * the table alone decides who runs what.
 */
export class Worker {
  readonly #parts: WorkerParts;
  #stopped = false;
  /** False when the queue was found empty and nothing was heard of since. */
  #mayWait = true;
  /** True when something may wait of a workspace that has no call here. */
  #mayWaitElsewhere = true;
  /** What the table gave to this process, from then on until it has run. */
  readonly #claimed = new Set<string>();
  /** What the last heartbeat found to be this process's, though nobody here runs it. */
  #forgotten: ReadonlySet<string> = new Set();
  #claiming: Promise<void> | undefined;
  #beating: Promise<void> | undefined;
  #end: () => void = () => {};

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  /**
   * Takes up what an earlier process left, then works until it is stopped.
   * @param alone whether no other process runs on the database
   */
  async start(alone: boolean): Promise<void> {
    const { signals, lanes } = this.#parts;
    await this.#takeOver(alone);
    const stopListening = signals.listen((topic, id) => {
      if (topic === 'queued') {
        this.#lookAgain();
      } else if (topic === 'cancel') {
        this.#parts.images.stop(id, 'cancelled');
      } else if (topic === 'left') {
        this.#beat();
      }
    });
    lanes.onLeave(() => {
      this.#mayWaitElsewhere = this.#mayWait;
      this.#claim();
    });
    const poll = setInterval(() => {
      this.#lookAgain();
    }, POLL_MS);
    const heartbeat = setInterval(() => {
      this.#beat();
      // A third of a lease.
    }, this.#parts.leaseMs / 3);
    poll.unref();
    heartbeat.unref();
    this.#end = () => {
      stopListening();
      clearInterval(poll);
      clearInterval(heartbeat);
    };
    this.#claim();
  }

  /** Takes nothing more; what runs here goes on, and its leases are renewed until `end`. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#claiming;
  }

  /** Ends the heartbeat too. */
  async end(): Promise<void> {
    await this.stop();
    this.#end();
    await this.#beating;
  }

  #lookAgain(): void {
    this.#mayWait = true;
    this.#mayWaitElsewhere = true;
    this.#claim();
  }

  #claim(): void {
    if (this.#claiming !== undefined || !this.#hasReason()) return;
    this.#claiming = this.#claimAll()
      .catch((error: unknown) => {
        this.#parts.onError(error);
      })
      .finally(() => {
        this.#claiming = undefined;
        // What was told meanwhile was not noticed.
        this.#claim();
      });
  }

  #hasReason(): boolean {
    if (this.#stopped) return false;
    return this.#parts.lanes.free > 0 ? this.#mayWait : this.#mayWaitElsewhere;
  }

  /**
   * Claims as long as there is something to run and room for it. Where all places are taken, one generation is taken of every
   * workspace that has none here: places go round by workspace, so that it is served next.
   */
  async #claimAll(): Promise<void> {
    const { lanes, queue } = this.#parts;
    while (this.#hasReason()) {
      const { free } = lanes;
      const wanted = free > 0 ? Math.min(free, MAX_CLAIM) : MAX_CLAIM;
      if (free > 0) this.#mayWait = false;
      this.#mayWaitElsewhere = false;
      const ids = await queue.claim(wanted, free > 0 ? undefined : lanes.served);
      if (free > 0 && ids.length === wanted) this.#mayWait = true;
      if (ids.length === 0) continue;
      this.#mayWaitElsewhere = true;
      const jobs = await this.#load(ids);
      await Promise.all(jobs.map((job) => this.#begin(job)));
    }
  }

  /** Resolves once the job has its places, or needs none. */
  async #begin(job: Job): Promise<void> {
    const { findValidCaller, images, onError, patiently } = this.#parts;
    const finding = patiently(() => findValidCaller(job.keyId));
    const run = finding.then((caller) => images.runClaimed(job, caller));
    this.#see(job, run).catch(onError);
    await finding;
  }

  /** Jobs that were given to this process. */
  async #load(ids: readonly string[]): Promise<readonly Job[]> {
    const { generations, patiently } = this.#parts;
    for (const id of ids) this.#claimed.add(id);
    try {
      return await patiently(() => generations.loadJobs(ids));
    } catch (error) {
      for (const id of ids) this.#claimed.delete(id);
      throw error;
    }
  }

  /** Knows of a job until its run has ended. */
  async #see({ id }: Job, run: Promise<void>): Promise<void> {
    try {
      await run;
    } finally {
      this.#claimed.delete(id);
    }
  }

  #beat(): void {
    this.#beating ??= this.#parts.leases
      .renew()
      .then(async () => {
        // The hint may have been lost.
        for (const id of await this.#parts.leases.listCancelled()) this.#parts.images.stop(id, 'cancelled');
        await this.#leaveForgotten();
        if (!this.#stopped) await this.#takeOver(false);
      })
      .catch((error: unknown) => {
        this.#parts.onError(error);
      })
      .finally(() => {
        this.#beating = undefined;
      });
  }

  /**
   * What the table gave to this process in a transaction whose answer was lost is run by nobody: so is what this process could
   * not end. It is left to whoever takes it next.
   */
  async #leaveForgotten(): Promise<void> {
    const { leases, images } = this.#parts;
    const own = await leases.listOwn();
    const forgotten = own.filter((id) => !this.#claimed.has(id) && !images.runs(id));
    // Twice in a row: the answer that says so may be on its way.
    for (const id of forgotten.filter((one) => this.#forgotten.has(one))) await leases.handOver(id);
    this.#forgotten = new Set(forgotten);
  }

  async #takeOver(everything: boolean): Promise<void> {
    const { leases, findCaller, images, onError, onTakenOver, patiently } = this.#parts;
    const jobs = await this.#load(await leases.takeOver(everything));
    for (const job of jobs) {
      // Nobody waits for it: where it fails, the record stays as it is, and another process or the next start takes it up.
      const run = patiently(() => findCaller(job.keyId)).then((caller) => images.takeUp(job, caller));
      this.#see(job, run).catch(onError);
    }
    if (jobs.length > 0) onTakenOver(jobs.length);
  }
}
