import { readFile } from 'node:fs/promises';
import { Argument, type Command } from 'commander';
import { z } from 'zod';
import {
  adminConnectionFrom,
  callApi,
  callRaw,
  CliError,
  connectionFrom,
  METHODS,
  serverUrl,
  UnreachableError,
  type Method,
} from './client.js';
import { print, printJson, type JsonOption } from './output.js';

const status = z.object({ status: z.string() });

interface ApiOptions {
  data?: string;
  header?: string[];
  admin?: boolean;
}

/** `atelier health`: whether a gateway is up; `atelier api`: any call of its API. */
export function registerServer(program: Command): void {
  program
    .command('health')
    .description('whether the gateway runs and can work; takes no key; exit code 1 if it does not')
    .option('--json', 'as JSON')
    .action(async ({ json }: JsonOption) => {
      const connection = { url: serverUrl(process.env), key: '' };
      const alive = await callApi(connection, 'GET', '/healthz', status);
      const ready = await callApi(connection, 'GET', '/readyz', status).catch((error: unknown) => {
        if (error instanceof UnreachableError || !(error instanceof CliError)) throw error;
        return { status: 'not ready' };
      });
      if (json === true) printJson({ url: connection.url, alive: alive.status, ready: ready.status });
      else print(`${connection.url}: ${alive.status}, ${ready.status}`);
      if (ready.status !== 'ready') process.exitCode = 1;
    });
  program
    .command('api')
    .description('any call of the API; prints its answer')
    .addArgument(new Argument('<method>', METHODS.join(', ')).argParser(readMethod))
    .argument('<path>', '/v1/…')
    .option('-d, --data <json>', 'the body, or @FILE with it')
    .option('-H, --header <name=value...>', 'further headers')
    .option('--admin', 'with ATELIER_ADMIN_TOKEN instead of the key')
    .addHelpText(
      'after',
      `
Examples:
  atelier api get "/v1/models?capability=edit"
  atelier api post /v1/images/plan -d '{"model": "dall-e-3", "prompt": "a fox"}'
  atelier api post /v1/images/generations -d @request.json -H idempotency-key=order-12`,
    )
    .action(async (method: Method, path: string, { data, header, admin }: ApiOptions) => {
      if (!path.startsWith('/')) throw new CliError(`the path must begin with /, such as /v1/${path}`);
      const connection = admin === true ? adminConnectionFrom(process.env) : connectionFrom(process.env);
      const body = data?.startsWith('@') === true ? await readText(data.slice(1)) : data;
      const text = await callRaw(connection, method, path, body, readHeaders(header ?? []));
      process.stdout.write(text === '' || text.endsWith('\n') ? text : `${text}\n`);
    });
}

function readMethod(given: string): Method {
  const method = METHODS.find((one) => one === given.toUpperCase());
  if (method === undefined) throw new CliError(`${given} is no method; take one of ${METHODS.join(', ')}`);
  return method;
}

function readHeaders(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const [, name, value] = /^([\w-]+)[=:]\s*(.*)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined) {
        throw new CliError(`--header takes name=value, not ${JSON.stringify(pair)}`);
      }
      return [name.toLowerCase(), value];
    }),
  );
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new CliError(`${file} can't be read: ${error instanceof Error ? error.message : 'unknown error'}`);
  });
}
