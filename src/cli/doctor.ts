import { confirm, isCancel } from '@clack/prompts';
import type { Command } from 'commander';
import type { Config } from '../config/schema.js';
import type { Finding } from '../doctor/finding.js';
import type { LiveRoute } from '../doctor/live-routes.js';
import type { LiveOutcome } from '../doctor/run-live.js';
import { CliError } from './client.js';

interface DoctorOptions {
  readonly json?: boolean;
  readonly live?: boolean;
  readonly yes?: boolean;
  readonly route: readonly string[];
}

const SIGNS = { ok: 'ok     ', warn: 'look   ', fail: 'FAILS  ', unknown: '?      ' } as const;
const CENTS = 100;

/** `atelier doctor`: whether an installation is fit to run, and what to mend. For operators. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'look an installation over: settings, database, Redis, pictures, disk, keys, clock (for operators: reads the settings of the server)',
    )
    .option(
      '--live',
      'make the cheapest picture on each configured route, and tell what differs from the documentation',
    )
    .option('--route <id>', 'with --live: only this route; may be given several times', collect, [])
    .option('--yes', 'with --live: do not ask before spending')
    .option('--json', 'one JSON object on each line')
    .addHelpText(
      'after',
      '\nWithout --live nothing is spent and nothing is changed; it can run beside the server.' +
        '\nExit code: 0 all is well (or should only be looked at), 1 something fails.',
    )
    .action(async (options: DoctorOptions) => {
      const { ConfigError, loadConfig } = await import('../config/load.js');
      const { checkEndpoint, providers } = await import('../providers/registry.js');
      const { REGIONAL_PROVIDERS } = await import('../providers/with-regions.js');
      const { listProviderSettings } = await import('../providers/settings.js');
      let config: Config;
      try {
        config = loadConfig(process.env, listProviderSettings(providers), checkEndpoint, REGIONAL_PROVIDERS);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        const mend = 'see docs/configuration.md';
        for (const what of error.problems) show({ part: 'settings', state: 'fail', what, mend }, options);
        process.exitCode = 1;
        return;
      }
      if (options.live === true) await live(config, options);
      else if (options.route.length > 0 || options.yes === true) {
        throw new CliError('--route and --yes belong to --live');
      } else await lookOver(config, options);
    });
}

function collect(id: string, before: readonly string[]): readonly string[] {
  return [...before, id];
}

async function lookOver(config: Config, options: DoctorOptions): Promise<void> {
  const { examine } = await import('../doctor/examine.js');
  const findings = await examine(config);
  for (const finding of findings) show(finding, options);
  const failing = findings.filter(({ state }) => state === 'fail').length;
  if (failing > 0) process.exitCode = 1;
  if (options.json !== true) {
    process.stdout.write(failing === 0 ? '\nnothing fails\n' : `\n${failing} to mend\n`);
  }
}

function show(finding: Finding, { json }: DoctorOptions): void {
  if (json === true) {
    process.stdout.write(`${JSON.stringify(finding)}\n`);
    return;
  }
  const { part, state, what, mend } = finding;
  const advice = mend === undefined || state === 'ok' ? '' : `\n         → ${mend}`;
  process.stdout.write(`${SIGNS[state]}  ${part}: ${what}${advice}\n`);
}

async function live(config: Config, options: DoctorOptions): Promise<void> {
  const { createProviders } = await import('../providers/registry.js');
  const { Painter } = await import('../painter/painter.js');
  const { EmulatorHub } = await import('../providers/emulator-hub.js');
  const { Endpoints } = await import('../images/endpoints.js');
  const { Transport } = await import('../images/transport.js');
  const { planLiveRoutes } = await import('../doctor/live-routes.js');
  const { runLive } = await import('../doctor/run-live.js');
  const providers = createProviders(config);
  const painter = new Painter({ threads: 1 });
  const endpoints = new Endpoints(config, new EmulatorHub(providers, { painter, detail: 'plain' }));
  const transport = new Transport(() => endpoints.trustedOrigins());
  try {
    const { planned, unplanned } = planLiveRoutes(providers, endpoints, new Date());
    const chosen = choose(planned, options.route);
    if (options.route.length === 0) {
      for (const { id, reason } of unplanned) {
        show(
          { part: id, state: 'unknown', what: `takes no picture that could be tried: ${reason}` },
          options,
        );
      }
    }
    if (chosen.length === 0) {
      throw new CliError('no route is set up that a picture could be made on; see docs/configuration.md');
    }
    if (!(await agree(chosen, options))) throw new CliError('nothing was run');
    // One after the other: limits of new accounts are low, and the lines appear in their order.
    for (const route of chosen) {
      const outcome = await runLive(route, { config, endpoints, transport, painter });
      if (outcome.picture === undefined || outcome.drift.length > 0) process.exitCode = 1;
      showOutcome(outcome, options);
    }
  } finally {
    await transport.close();
    await painter.close();
  }
}

/** @throws CliError naming the nearest where a route is not set up */
function choose(planned: readonly LiveRoute[], ids: readonly string[]): readonly LiveRoute[] {
  const unknown = ids.find((id) => planned.every((route) => route.id !== id));
  if (unknown !== undefined) {
    const there = planned.map(({ id }) => id).join(', ');
    throw new CliError(
      `there is no configured route ${unknown}; there are: ${there === '' ? 'none' : there}`,
    );
  }
  return ids.length === 0 ? planned : planned.filter(({ id }) => ids.includes(id));
}

/** Tells what it can cost, and asks. */
async function agree(routes: readonly LiveRoute[], { yes, json }: DoctorOptions): Promise<boolean> {
  const { toCredits } = await import('../credits/microcredits.js');
  const lines = routes.map(({ id, model, cost }) => {
    const credits = toCredits(cost);
    return `  ${id} (${model}): up to ${credits} credits, US$${(credits / CENTS).toFixed(4)}`;
  });
  const total = toCredits(routes.reduce((sum, { cost }) => sum + cost, 0));
  const sum = `${routes.length} pictures, up to ${total} credits: US$${(total / CENTS).toFixed(4)} of the providers’ own money, taken from no workspace`;
  if (json !== true) process.stderr.write(`${lines.join('\n')}\n${sum}\n`);
  if (yes === true) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CliError(`${sum}; add --yes to spend it`);
  }
  const agreed = await confirm({ message: 'Make them?', output: process.stderr, initialValue: false });
  return !isCancel(agreed) && agreed;
}

function showOutcome(outcome: LiveOutcome, { json }: DoctorOptions): void {
  const { route, picture, failure, drift, durationMs } = outcome;
  if (json === true) {
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
    return;
  }
  const state = picture === undefined ? 'fail' : drift.length > 0 ? 'warn' : 'ok';
  const what = picture ?? failure ?? 'no picture came';
  const lines = drift.map((one) => `\n         ${one.kind}: ${one.what}`);
  process.stdout.write(
    `${SIGNS[state]}  ${route}: ${what}, ${(durationMs / 1000).toFixed(1)} s${lines.join('')}\n`,
  );
}
