import { readdirSync, readFileSync } from 'node:fs';

/** Ticks per second in which Linux counts for programs. */
const TICKS = 100;

/** What a process and those below it have used. Linux only. */
export interface Usage {
  readonly cpuSeconds: number;
  /** Sum of the highest resident sets, in MiB. */
  readonly peakMib: number;
}

export function usageOf(pid: number): Usage {
  let [cpuSeconds, peakMib] = [0, 0];
  for (const one of treeOf(pid)) {
    const status = readProc(one, 'status');
    const fields = statOf(one);
    peakMib += Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    cpuSeconds += (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS;
  }
  return { cpuSeconds, peakMib };
}

function treeOf(pid: number): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = all.filter((name) => Number(statOf(Number(name))[1]) === pid).map(Number);
  return [pid, ...children.flatMap(treeOf)];
}

/** The fields behind the name of the program, which may hold spaces. */
function statOf(pid: number): string[] {
  const text = readProc(pid, 'stat');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Empty when the process is gone. */
function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}
