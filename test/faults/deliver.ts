/** Sends a case's request and takes its answer, in each of the ways in which callers do. */
import { expect } from 'vitest';
import { z } from 'zod';
import type { Answer, TestServer } from '../support/server.js';
import type { FaultCase } from './fault-cases.js';

/** What a caller learns. */
export interface Outcome {
  readonly id: string;
  readonly status: string;
  readonly code: string | undefined;
  readonly model: string;
  readonly credits: number;
  /** What the answer itself was; undefined where it only said that the call was taken. */
  readonly told: 'succeeded' | 'failed' | undefined;
}

const recordSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  model: z.string(),
  credits_used: z.number(),
  error: z.looseObject({ code: z.string() }).optional(),
});

export async function deliver(one: FaultCase, server: TestServer): Promise<Outcome> {
  const body = {
    model: one.slug,
    prompt: `a red fox [[emulate:${tokenOf(one)}]]`,
    size: one.size,
    response_format: 'url',
    fallback: one.chain ? [one.fallback.slug] : false,
  };
  switch (one.delivery) {
    case 'sync': {
      const answer = await server.generate(body);
      const told = answer.status === 200 ? 'succeeded' : 'failed';
      return { ...(await read(answer.headers.get('x-generation-id') ?? '', server)), told };
    }
    case 'async': {
      const answer = await server.call('POST', '/v1/images/generations', {
        key: server.testKey,
        headers: { prefer: 'respond-async' },
        body,
      });
      expect(answer.status).toBe(202);
      const { id } = recordSchema.parse(answer.body);
      for (;;) {
        const outcome = await read(id, server);
        if (outcome.status !== 'queued' && outcome.status !== 'running') return outcome;
      }
    }
    case 'streamed': {
      const answer = await server.generate({ ...body, stream: true });
      return { ...(await read(answer.headers.get('x-generation-id') ?? '', server)), told: toldBy(answer) };
    }
  }
}

/** A stream ends with its picture or with the error; what fails before it began is answered without one. */
function toldBy({ status, headers, body }: Answer): Outcome['told'] {
  if (headers.get('content-type')?.startsWith('text/event-stream') !== true) {
    return status === 200 ? undefined : 'failed';
  }
  const events = [
    ...z
      .string()
      .parse(body)
      .matchAll(/^event: (\S+)$/gm),
  ].map(([, name]) => name);
  switch (events.at(-1)) {
    case 'image_generation.completed':
      return 'succeeded';
    case 'error':
      return 'failed';
    default:
      return undefined;
  }
}

/** The outcome acts on the case's own model only. */
function tokenOf({ outcome, lasting, slug }: FaultCase): string {
  const name = outcome === 'slow' ? 'slow-1' : outcome;
  return `${name}${lasting === 'all' ? '*9' : ''}@${slug}`;
}

async function read(id: string, server: TestServer): Promise<Outcome> {
  const answer = await server.call('GET', `/v1/images/generations/${id}`, { key: server.testKey });
  expect(answer.status).toBe(200);
  const { status, model, credits_used: credits, error } = recordSchema.parse(answer.body);
  return { id, status, code: error?.code, model, credits, told: undefined };
}
