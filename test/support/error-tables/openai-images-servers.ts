/** How rows reach the servers that speak the OpenAI images protocol: each by its own name at the emulator. */
import { expect } from 'vitest';
import { createOpenAiImagesRun } from '../../../src/providers/openai-images/adapter.js';
import type { DialectName } from '../../../src/providers/openai-images/dialects.js';
import type { Adapter, JsonValue, NativeCall } from '../../../src/providers/provider.js';
import { OVERLOADED, type ErrorRow } from './error-table.js';
import { tampered, type Sent } from './tampering.js';

export type Json = Readonly<Record<string, JsonValue>>;
type Server = Pick<ErrorRow, 'run' | 'extra'>;

const runPlainly: Adapter['run'] = createOpenAiImagesRun(() => 7);

export function ask(fields: Json = {}): NativeCall {
  const body = { model: 'flux-1', prompt: 'a red fox', n: 1, ...fields };
  return { path: '/images/generations', body, prompt: body.prompt, count: 1, streamed: false };
}

export function emulate(outcome: string, fields: Json = {}): NativeCall {
  return ask({ ...fields, prompt: `a red fox [[emulate:${outcome}]]` });
}

export function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

/** A server of the emulator, which has each below its own name. @param change what else becomes of a POST */
export function on(dialect: DialectName, change: (sent: Sent) => Sent = (sent) => sent): Server {
  const run = tampered(runPlainly, (sent, io) => {
    if (sent.method !== 'POST') return sent;
    const { origin, pathname } = new URL(io.endpoint.baseUrl);
    const root = pathname.replace(/\/v1$/, `/${dialect}/v1`);
    const changed = change(sent);
    return { ...changed, origin, path: `${root}${changed.path}` };
  });
  return { run, extra: { FLUX_DIALECT: dialect } };
}

/** Callers' mistakes with a status that stands for the server's own ones. */
export const SEEMING_FAULT = OVERLOADED;

export const PROXIES = { message: matching(/\w/), param: null } as const;
