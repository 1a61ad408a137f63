/** Sends a case's request and takes its answer, in each of the ways in which callers do. */
import { expect } from 'vitest';
import { z } from 'zod';
import type { TestServer } from '../support/server.js';
import type { FaultCase } from './fault-cases.js';

/** What a caller learns. */
export interface Outcome {
  readonly id: string;
  readonly status: string;
  readonly code: string | undefined;
  readonly model: string;
  readonly credits: number;
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
      return read(answer.headers.get('x-generation-id') ?? '', server);
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
  return { id, status, code: error?.code, model, credits };
}
