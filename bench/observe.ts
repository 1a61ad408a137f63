import { readMetrics } from '../test/support/prometheus.js';
import { ADMIN_TOKEN, type Gateways } from './gateways.js';
import { usageOf } from './process-usage.js';

/** How gateways were over a time; sums over their processes, save the delay, which is that of the worst. */
export interface Observation {
  readonly loopDelayP99Ms: number;
  readonly residentMib: number;
  /** Of one core. */
  readonly cpuPercent: number;
  readonly openFiles: number;
}

/** Begins to look at gateways. @returns ends it */
export async function observe(gateways: Gateways): Promise<() => Promise<Observation>> {
  // Being asked makes them measure their delay from now on.
  await Promise.all(gateways.ownOrigins.map((origin) => readMetrics(origin, ADMIN_TOKEN)));
  const cpuSeconds = () =>
    gateways.children.reduce((sum, { process }) => sum + usageOf(process.pid ?? 0).cpuSeconds, 0);
  const [startMs, startCpu] = [performance.now(), cpuSeconds()];
  return async () => {
    const seconds = (performance.now() - startMs) / 1000;
    const used = cpuSeconds() - startCpu;
    const metrics = await Promise.all(gateways.ownOrigins.map((origin) => readMetrics(origin, ADMIN_TOKEN)));
    const sum = (series: string) => metrics.reduce((total, one) => total + (one.get(series) ?? 0), 0);
    return {
      loopDelayP99Ms:
        Math.max(...metrics.map((one) => one.get('atelier_event_loop_delay_seconds{stat="p99"}') ?? 0)) *
        1000,
      residentMib: sum('atelier_process_memory_bytes{kind="resident"}') / 1024 / 1024,
      cpuPercent: (used / seconds) * 100,
      openFiles: sum('atelier_process_open_fds'),
    };
  };
}
