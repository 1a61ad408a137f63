import type { Command } from 'commander';
import { CliError } from './client.js';

/** `atelier emulators`: every provider on one loopback port, for gateways and SDKs to call. */
export function registerEmulators(program: Command): void {
  program
    .command('emulators')
    .description('start the provider emulators and print the environment that points a gateway at them')
    .option('-p, --port <port>', 'port on 127.0.0.1; 0 takes any free one', '4100')
    .option('--plain', 'paint plainly and fast')
    .action(async (options: { port: string; plain?: boolean }) => {
      if (!/^\d{1,5}$/.test(options.port)) throw new CliError('--port must be a port number');
      const { Painter } = await import('../painter/painter.js');
      const { EmulatorHub, emulatorBaseUrl } = await import('../providers/emulator-hub.js');
      const { providers } = await import('../providers/registry.js');
      const painter = new Painter({ threads: 2 });
      const hub = new EmulatorHub(providers, { painter, detail: options.plain === true ? 'plain' : 'full' });
      const root = await hub.start(Number(options.port));
      const lines = [`ATELIER_EMULATORS_URL=${root}`];
      const given = new Set<string>();
      for (const provider of providers) {
        if (provider.createEmulator === undefined) continue;
        const { apiKey, baseUrl } = provider.settings;
        // The server at FLUX_BASE_URL speaks one of several protocols: the first is the one without a further setting.
        if (baseUrl !== undefined && given.has(baseUrl.env)) {
          lines.push(
            `# or ${baseUrl.env}=${emulatorBaseUrl(root, provider)} with FLUX_PROTOCOL=${provider.id}`,
          );
          continue;
        }
        if (baseUrl !== undefined) given.add(baseUrl.env);
        if (baseUrl !== undefined) lines.push(`${baseUrl.env}=${emulatorBaseUrl(root, provider)}`);
        if (apiKey !== undefined) lines.push(`${apiKey.env}=emulator-key`);
      }
      process.stdout.write(`${lines.join('\n')}\n`);
      const stop = () => {
        void hub
          .close()
          .then(() => painter.close())
          .then(() => process.exit(0));
      };
      process.on('SIGTERM', stop);
      process.on('SIGINT', stop);
    });
}
