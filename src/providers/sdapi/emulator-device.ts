/** The one device of an emulated server: it paints one job after the other, and tells how far it is. */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/** What a job's steps take together where its outcome says nothing else. */
const JOB_MS = 40;
/** Changes of the progress value in one job: enough to see it move. */
const TICKS = 8;

export interface DeviceState {
  readonly progress: number;
  readonly job: string;
  readonly step: number;
  readonly steps: number;
  readonly interrupted: boolean;
}

const IDLE: DeviceState = { progress: 0, job: '', step: 0, steps: 0, interrupted: false };

export class EmulatedDevice {
  #turn: Promise<unknown> = Promise.resolve();
  #state = IDLE;
  #interrupt = new AbortController();

  get state(): DeviceState {
    return this.#state;
  }

  /** Stops whatever runs, as the real servers do: they don't ask whose job it is. */
  interrupt(): void {
    this.#interrupt.abort();
  }

  /**
   * Waits for its turn, then takes the time of a job.
   * @param durationMs undefined: a job's usual time; Infinity: until it is interrupted or its client hangs up
   * @param gone the client that hung up. Real servers go on painting for it; a job without end must not.
   */
  async run(
    job: { readonly steps: number; readonly durationMs: number | undefined },
    gone: AbortSignal,
  ): Promise<void> {
    // A job without end steps aside: others are not to wait for somebody's test.
    if (job.durationMs === Infinity) {
      const { signal } = this.#interrupt;
      const either = AbortSignal.any([signal, gone]);
      if (!either.aborted) await once(either, 'abort');
      if (signal.aborted) this.#settle();
      gone.throwIfAborted();
      return;
    }
    const painted = this.#turn.then(() => this.#paint(job.steps, job.durationMs ?? JOB_MS));
    this.#turn = painted;
    await painted;
  }

  async #paint(steps: number, durationMs: number): Promise<void> {
    const { signal } = this.#interrupt;
    for (let tick = 0; tick < TICKS && !signal.aborted; tick += 1) {
      const progress = tick / TICKS;
      const step = Math.floor(progress * steps);
      this.#state = { progress, job: 'scripts_txt2img', step, steps, interrupted: false };
      // Interrupted: the job ends with what it has.
      await wait(durationMs / TICKS, undefined, { signal }).catch(() => undefined);
    }
    this.#settle();
  }

  #settle(): void {
    const { aborted } = this.#interrupt.signal;
    if (aborted) this.#interrupt = new AbortController();
    this.#state = { ...IDLE, interrupted: aborted };
  }
}
