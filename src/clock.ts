import { performance } from 'node:perf_hooks';

/** The only source of the current time; tests pass one that they can turn. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

/**
 * The time as this process found it at its start, going on by a clock that nobody sets: for how long something lasts. What
 * is written down, or compared with what other processes wrote, goes by the system's.
 */
export const steadyClock: Clock = () => new Date(performance.timeOrigin + performance.now());
