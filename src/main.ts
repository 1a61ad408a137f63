import { ConfigError, loadConfig } from './config/load.js';
import { listProviderSettings } from './providers/settings.js';
import { checkEndpoint, providers } from './providers/registry.js';
import { REGIONAL_PROVIDERS } from './providers/with-regions.js';
import { startServer, type Server } from './server.js';
import { createLogger } from './telemetry/logger.js';

/** Starts the gateway and stops it gracefully on SIGTERM or SIGINT. Resolves once it listens. */
export async function serve(): Promise<void> {
  let config;
  try {
    config = loadConfig(process.env, listProviderSettings(providers), checkEndpoint, REGIONAL_PROVIDERS);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return;
  }
  const logger = createLogger(config.LOG_LEVEL);
  const server = await startServer({ config, logger }).catch((error: unknown) => {
    // A store that can't be reached, a port that is taken: whoever runs this wants the sentence, not the place in the code.
    logger.fatal({ err: error }, 'the gateway could not start');
    process.stderr.write(
      `atelier: could not start: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exit(1);
  });
  greet(server);

  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping: running generations finish first');
    server.stop().then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Keys are shown at the first start only. */
function greet(server: Server): void {
  const { url, firstKeys } = server;
  const lines = [
    '',
    `  Atelier listens on ${url}`,
    `  Playground         ${url}/`,
    `  Documentation      ${url}/docs`,
  ];
  if (firstKeys !== undefined) {
    const key = firstKeys.live ?? '$ATELIER_BOOTSTRAP_KEY';
    lines.push(
      '',
      '  Keys of the first workspace, shown this once:',
      `    live  ${firstKeys.live ?? '(as given in ATELIER_BOOTSTRAP_KEY)'}`,
      `    test  ${firstKeys.test}   (every model, emulated)`,
      '',
      ...(firstKeys.signInLink === undefined
        ? []
        : [
            '  Open the playground, signed in (this link works once, for 15 minutes):',
            `    ${firstKeys.signInLink}`,
            '',
          ]),
      '  A first picture:',
      `    curl -s ${url}/v1/images/generations -H 'authorization: Bearer ${key}' \\`,
      `      -H 'content-type: application/json' \\`,
      `      -d '{"model":"atelier-sketch","prompt":"a red sailboat on a calm lake at sunset","size":"1024x1024"}'`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n\n`);
}
