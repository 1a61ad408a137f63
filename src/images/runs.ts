import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { AcceptedTask } from './attempt.js';
import type { GenerationStore } from './generation-store.js';
import type { Lanes } from './lanes.js';
import type { OwnParts, RunParts } from './run-generation.js';
import { Stopped, type StopReason } from './stopped.js';
import type { Watchers } from './watchers.js';

/** What all runs share. */
export interface RunsParts extends Omit<
  RunParts,
  'lanes' | 'tell' | 'shutdown' | 'recordTask' | 'recordImage'
> {
  readonly generations: GenerationStore;
  readonly lanes: Lanes;
  readonly watchers: Watchers;
  /** Whether this process still runs a generation: asked before everything that must not be done twice. */
  readonly holds: (generationId: string) => Promise<boolean>;
}

/** One generation that runs here. */
interface RunOptions {
  readonly id: string;
  readonly workspaceId: string;
  /** Whether it is on record that its calls may have been sent. */
  readonly sent: boolean;
  /** Tasks that exist upstream already. */
  readonly tasks: readonly AcceptedTask[];
}

/** The generations that run in this process, each with a signal of its own that stops it. */
export class Runs {
  readonly #parts: RunsParts;
  readonly #controllers = new Map<string, AbortController>();
  readonly #pending = new Set<Promise<void>>();

  constructor(parts: RunsParts) {
    this.#parts = parts;
  }

  /** Does the work with everything that belongs to the one generation. */
  async run(
    { id, workspaceId, sent, tasks }: RunOptions,
    work: (parts: OwnParts) => Promise<void>,
  ): Promise<void> {
    const { generations, lanes, watchers, holds, metrics } = this.#parts;
    const controller = new AbortController();
    // Every running call listens to it.
    setMaxListeners(0, controller.signal);
    this.#controllers.set(id, controller);
    let marking: Promise<void> | undefined = sent ? Promise.resolve() : undefined;
    const tasked = new Set(tasks.flatMap(imagesOf));
    const entered = async () => {
      if (!(await holds(id))) {
        controller.abort(new Stopped('lost'));
        return;
      }
      marking ??= generations.markStarted(id);
      await marking;
    };
    const announced = lanes.announce(workspaceId);
    const lane = lanes.through({ workspaceId, stop: controller.signal, entered });
    const running = work({
      ...this.#parts,
      shutdown: controller.signal,
      lanes: {
        run: (call) => {
          announced.arrive();
          return lane.run(call);
        },
      },
      recordTask: async (task) => {
        for (const position of imagesOf(task)) tasked.add(position);
        await generations.recordTask(task);
      },
      recordImage: async (arrived) => {
        const startMs = performance.now();
        await generations.recordImage(arrived);
        metrics.passed('record', startMs);
      },
      tell: (sight) => {
        watchers.tell(id, sight);
      },
      toldAll: () => watchers.close(id),
      leave: (why, missing) => {
        if (why === 'cancelled' || missing.length === 0) return false;
        // Whoever took it over ends it.
        if (why === 'lost') return true;
        // What was never sent, or is a task, goes on elsewhere. Of the rest nobody would know more than this process does.
        return marking === undefined || missing.some((position) => tasked.has(position));
      },
    });
    this.#pending.add(running);
    try {
      await running;
    } finally {
      announced.leave();
      this.#pending.delete(running);
      this.#controllers.delete(id);
    }
  }

  /** Stops a run of this process. @returns false if it does not run here */
  stop(id: string, why: StopReason): boolean {
    const controller = this.#controllers.get(id);
    controller?.abort(new Stopped(why));
    return controller !== undefined;
  }

  stopAll(why: StopReason): void {
    for (const controller of this.#controllers.values()) controller.abort(new Stopped(why));
  }
}

/** Positions of the images that a task makes. */
function imagesOf({ positions, imageNumber }: AcceptedTask): readonly number[] {
  return positions ?? [imageNumber - 1];
}
