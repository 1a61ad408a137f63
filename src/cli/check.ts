import type { Command } from 'commander';
import { CliError } from './client.js';

/** `atelier check`: what a start would say of the settings, the configuration file and the servers that it lists. */
export function registerCheck(program: Command): void {
  program
    .command('check')
    .description(
      'check the settings, the configuration file and the own servers that it lists, without starting',
    )
    .action(async () => {
      const { ConfigError, loadConfig } = await import('../config/load.js');
      const { fetchJson } = await import('../net/fetch-json.js');
      const { checkEndpoint, createProviders, providers } = await import('../providers/registry.js');
      const { REGIONAL_PROVIDERS } = await import('../providers/with-regions.js');
      const { listProviderSettings } = await import('../providers/settings.js');
      const { probeServers } = await import('../providers/watch-servers.js');
      let config;
      try {
        config = loadConfig(process.env, listProviderSettings(providers), checkEndpoint, REGIONAL_PROVIDERS);
      } catch (error) {
        throw error instanceof ConfigError ? new CliError(error.message) : error;
      }
      const probes = await probeServers(createProviders(config), fetchJson);
      for (const { slug, url, warnings } of probes) {
        process.stdout.write(
          `${slug} at ${url}: ${warnings.length === 0 ? 'fits' : warnings.join('\n  ')}\n`,
        );
      }
      if (probes.some(({ warnings }) => warnings.length > 0)) {
        throw new CliError('not everything fits; the lines above tell what does not');
      }
      process.stdout.write('the settings are well-formed\n');
    });
}
