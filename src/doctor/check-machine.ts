/** The machine: its Node.js, its clock, and how many files a process may open. */
import { readFileSync } from 'node:fs';
import { satisfiesFloor, NODE_FLOOR } from './node-floor.js';
import type { Finding } from './finding.js';

/** Of each call to a provider and each caller one, of the database and the pictures some. */
const FEW_FILES = 1_024;
const ENOUGH_FILES = 4_096;
/** Links live an hour, leases half a minute. */
const LATE_MS = 2_000;
const WRONG_MS = 30_000;

/** @param version such as `v20.19.0` */
export function checkNode(version: string): Finding {
  return satisfiesFloor(version)
    ? { part: 'Node.js', state: 'ok', what: version }
    : {
        part: 'Node.js',
        state: 'fail',
        what: `${version} is too old`,
        mend: `install Node.js ${NODE_FLOOR} or later`,
      };
}

/** @param limits the text of /proc/self/limits, where the system has it */
export function checkOpenFiles(limits = readLimits()): Finding {
  const part = 'open files';
  const most = /^Max open files\s+(\S+)/m.exec(limits ?? '')?.[1];
  if (most === undefined) return { part, state: 'unknown', what: 'this system does not tell its limit' };
  const limit = most === 'unlimited' ? Infinity : Number(most);
  if (limit >= ENOUGH_FILES) return { part, state: 'ok', what: `a process may open ${most}` };
  return {
    part,
    state: limit < FEW_FILES ? 'fail' : 'warn',
    what: `a process may open ${most} only`,
    mend: `raise the limit to ${ENOUGH_FILES} or more (ulimit -n, LimitNOFILE= of systemd)`,
  };
}

function readLimits(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // Not Linux.
    return undefined;
  }
}

/** Somebody else's clock, read between two looks at ours. */
export interface OtherClock {
  /** Whose it is. */
  readonly name: string;
  readonly timeMs: number;
  /** Whole seconds, as HTTP has them, can be a second off. */
  readonly precisionMs: number;
  readonly askedMs: number;
  readonly answeredMs: number;
}

/** Compares our clock with others; the one with the best precision counts. */
export function checkClock(others: readonly OtherClock[]): Finding {
  const part = 'clock';
  const [best] = [...others].sort((a, b) => vagueness(a) - vagueness(b));
  if (best === undefined) {
    return { part, state: 'unknown', what: 'nothing that was asked tells the time' };
  }
  const middleMs = (best.askedMs + best.answeredMs) / 2;
  const offMs = Math.max(0, Math.abs(best.timeMs - middleMs) - vagueness(best));
  if (offMs < LATE_MS) return { part, state: 'ok', what: `agrees with that of ${best.name}` };
  const what = `differs from that of ${best.name} by ${(offMs / 1000).toFixed(1)} seconds`;
  const mend = 'let the machine keep its time by NTP (timedatectl set-ntp true)';
  return { part, state: offMs < WRONG_MS ? 'warn' : 'fail', what, mend };
}

function vagueness({ askedMs, answeredMs, precisionMs }: OtherClock): number {
  return (answeredMs - askedMs) / 2 + precisionMs;
}
