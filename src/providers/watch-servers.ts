/** Looks at the operator's own servers at start, and again for as long as something does not fit. */
import type { AskJson, Probe, Provider } from './provider.js';

/** Between two looks at servers of which one did not fit. */
const AGAIN_MS = 60_000;

/** Asks all own servers side by side what they are. Never rejects; ends within seconds. */
export async function probeServers(providers: readonly Provider[], ask: AskJson): Promise<readonly Probe[]> {
  const probes = await Promise.all(providers.map((provider) => provider.probe?.(ask) ?? Promise.resolve([])));
  return probes.flat();
}

/**
 * Probes at once and goes on once a minute until everything fits, so that a node or a file that the operator adds is
 * noticed.
 * @param tell of what is new: at first everything, later what has changed
 */
export function watchServers(
  providers: readonly Provider[],
  ask: AskJson,
  tell: (probe: Probe) => void,
): { stop(): void } {
  const told = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async () => {
    const probes = await probeServers(providers, ask);
    if (stopped) return;
    for (const probe of probes) {
      const name = `${probe.slug} ${probe.url}`;
      const state = JSON.stringify(probe);
      if (told.get(name) !== state) tell(probe);
      told.set(name, state);
    }
    if (probes.every(({ warnings }) => warnings.length === 0)) return;
    timer = setTimeout(() => void look(), AGAIN_MS);
    timer.unref();
  };
  void look();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
