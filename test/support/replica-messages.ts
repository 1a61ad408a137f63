/** What a test says to a process with gateways in it, and what that answers. */
import { z } from 'zod';

/** `server` names one of the gateways of the process. */
export const replicaOrder = z.discriminatedUnion('order', [
  z.object({
    order: z.literal('start'),
    id: z.number(),
    env: z.record(z.string(), z.string()),
    /** Milliseconds since 1970 at which the clock stands; left out: it runs. */
    nowMs: z.number().optional(),
  }),
  z.object({ order: z.literal('time'), id: z.number(), server: z.number(), nowMs: z.number() }),
  z.object({ order: z.literal('sweep'), id: z.number(), server: z.number() }),
  z.object({ order: z.literal('stop'), id: z.number(), server: z.number() }),
]);
export type ReplicaOrder = z.output<typeof replicaOrder>;

/** The answer to the order with that id; `failure` alone where it failed. */
export const replicaAnswer = z.object({
  id: z.number(),
  failure: z.string().optional(),
  url: z.string().optional(),
  testKey: z.string().optional(),
  removed: z.object({ pictures: z.number(), blobs: z.number() }).optional(),
});
export type ReplicaAnswer = z.output<typeof replicaAnswer>;
