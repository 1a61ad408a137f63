/** The built gateway beside emulators that count, for tests of what fails around it. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { z } from 'zod';
import { failure } from './answers.js';
import { startGatewayProcess, type GatewayProcess } from './gateway-process.js';
import { expectBalancedBooks, type Answer } from './server.js';

const run = promisify(execFile);

/** What one picture of `PRICED` costs, in credits. */
export const PRICE = 4;
/** A model with a price, on an emulator. */
const PRICED = { model: 'dall-e-3', prompt: 'a pond', size: '1024x1024', response_format: 'url' };

const recordSchema = z.looseObject({ id: z.string(), status: z.string(), credits_used: z.number() });
export type GenerationRecord = z.output<typeof recordSchema>;

/** A gateway in a process of its own, called with its test key. */
export interface FaultGateway {
  readonly url: string;
  readonly pid: number;
  call(
    method: string,
    pathname: string,
    body?: FormData | object,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Asks for one picture that costs `PRICE`. */
  generate(prompt?: string, headers?: Record<string, string>): Promise<Answer>;
  /** Status of a path that needs no key. */
  status(pathname: string): Promise<number>;
  read(generationId: string): Promise<GenerationRecord>;
  /** Reads a generation until it has ended. */
  readEnd(generationId: string): Promise<GenerationRecord>;
  /** Asserts that the ledger adds up, that nothing is held, and that so many credits were spent. */
  expectSpent(credits: number): Promise<void>;
  /** Ends it as a service manager does. @returns its exit code */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/** @param key of an earlier start on the same database, which alone shows it */
export async function startFaultGateway(
  env: Readonly<Record<string, string>>,
  { launcher, key }: { readonly launcher?: readonly string[]; readonly key?: string } = {},
): Promise<FaultGateway & { readonly key: string }> {
  const gateway: GatewayProcess = await startGatewayProcess(
    { ATELIER_EMULATOR_DETAIL: 'plain', ATELIER_PAINTER_THREADS: '1', ...env },
    launcher,
  );
  const testKey = key ?? gateway.testKey ?? '';
  const call: FaultGateway['call'] = async (method, pathname, body, headers = {}) => {
    const isForm = body instanceof FormData;
    const response = await fetch(gateway.url + pathname, {
      method,
      headers: {
        authorization: `Bearer ${testKey}`,
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const parsed: unknown = isJson ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: parsed };
  };
  const read = async (id: string) =>
    recordSchema.parse((await call('GET', `/v1/images/generations/${id}`)).body);
  const balance = async () =>
    z.object({ balance: z.number() }).parse((await call('GET', '/v1/credits')).body).balance;
  const first = await balance();
  return {
    url: gateway.url,
    pid: gateway.pid,
    key: testKey,
    call,
    generate: (prompt = PRICED.prompt, headers = {}) =>
      call('POST', '/v1/images/generations', { ...PRICED, prompt }, headers),
    status: async (pathname) => {
      const response = await fetch(gateway.url + pathname);
      await response.arrayBuffer();
      return response.status;
    },
    read,
    readEnd: async (id) => {
      for (let waits = 0; ; waits += 1) {
        const record = await read(id);
        if (record.status !== 'queued' && record.status !== 'running') return record;
        if (waits > 300) throw new Error(`${id} does not end: ${JSON.stringify(record)}`);
        await sleep(100);
      }
    },
    expectSpent: async (credits) => {
      await expectBalancedBooks((method, pathname) => call(method, pathname), testKey);
      expect(first - (await balance())).toBeCloseTo(credits, 6);
    },
    stop: () => gateway.stop(),
    kill: () => gateway.kill(),
  };
}

/** Asserts the refusal of a gateway whose storage fails. */
export function expectUnavailable(answer: Answer, retry: boolean): void {
  expect(
    [answer.status, failure.safeParse(answer.body).data?.error.code],
    JSON.stringify(answer.body),
  ).toEqual([503, 'storage_unavailable']);
  expect(answer.headers.get('x-should-retry')).toBe(String(retry));
}

/** Changes a limit of a running process, e.g. `fsize` or `nofile`; the hard one stays, so that it can be lifted again. */
export async function setLimit(
  pid: number,
  name: 'fsize' | 'nofile',
  value: number | 'unlimited',
): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--${name}=${value}:`]);
}

/** Waits until something is so. */
export async function until(what: string, isSo: () => Promise<boolean>, maxMs = 10_000): Promise<void> {
  const endMs = performance.now() + maxMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`in vain was waited until ${what}`);
    await sleep(50);
  }
}
