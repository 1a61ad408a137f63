import { z } from 'zod';
import type { Account, Ledger } from '../../../credits/ledger-store.js';
import { creditsAmount, creditsAmountOrNone } from '../../../credits/credits-amount.js';
import { fromCredits, toCredits } from '../../../credits/microcredits.js';
import { AppError } from '../../../errors.js';
import { pageQuery, pageSchema, pageWish, toPage } from '../../answers/list-page.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

/** What an account holds at most: whole microcredits stay exact up to a little more. */
const MAX_CREDITS = 9_000_000_000;

const balanceSchema = z.object({
  balance: z.number(),
  available: z.number().describe('What new requests can use: balance less what running ones hold.'),
  held: z.number(),
});

const workspaceSchema = z.object({
  id: z.string(),
  object: z.literal('workspace'),
  name: z.string(),
  created: z.number().int(),
  credits: z.object({ live: balanceSchema, test: balanceSchema }),
});

const accountSchema = balanceSchema.extend({
  object: z.literal('credits'),
  workspace: z.string(),
  mode: z.enum(['live', 'test']),
});

const creditsBody = z.strictObject({
  credits: creditsAmount(MAX_CREDITS),
  mode: z.enum(['live', 'test']),
  kind: z
    .enum(['grant', 'top_up'])
    .describe('`grant`: given, and may expire. `top_up`: paid, and never expires.'),
  expires_at: z.int().optional().describe('Unix seconds, for a `grant` only; absent: never.'),
  note: z
    .string()
    .min(1, 'must not be empty')
    .max(200)
    .describe('Why, or who paid. The workspace reads it in its ledger.'),
});

/** Workspaces as the operator sees them, and their credits. */
export function registerWorkspaces(app: App, context: HttpContext): void {
  registerCreate(app, context);
  registerList(app, context);
  registerGive(app, context);
}

function registerCreate(app: App, context: HttpContext): void {
  app.post(
    '/v1/admin/workspaces',
    {
      schema: {
        tags: ['Admin'],
        summary: 'Make a workspace',
        description: 'Both balances, live and test, start with the given credits.',
        security: [{ adminToken: [] }],
        body: z.strictObject({
          name: z.string().min(1, 'must not be empty').max(100),
          credits: creditsAmountOrNone(MAX_CREDITS),
        }),
        response: {
          201: z.object({ id: z.string(), object: z.literal('workspace'), name: z.string() }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const { name, credits } = request.body;
      const id = await context.workspaces.create(name, fromCredits(credits));
      return reply.status(201).send({ id, object: 'workspace', name });
    },
  );
}

function registerList(app: App, context: HttpContext): void {
  app.get(
    '/v1/admin/workspaces',
    {
      schema: {
        tags: ['Admin'],
        summary: 'All workspaces with their balances, newest first',
        security: [{ adminToken: [] }],
        querystring: pageQuery({ fallback: 20, max: 100 }),
        response: { 200: pageSchema(workspaceSchema), default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const found = await context.reports.listWorkspaces(pageWish(request.query));
      const data = await Promise.all(
        found.map(async ({ id, name, createdAt }) => ({
          id,
          object: 'workspace' as const,
          name,
          created: Math.floor(createdAt.getTime() / 1000),
          credits: {
            live: await readBalance({ workspaceId: id, mode: 'live' }, context.ledger),
            test: await readBalance({ workspaceId: id, mode: 'test' }, context.ledger),
          },
        })),
      );
      return toPage(data, request.query);
    },
  );
}

function registerGive(app: App, context: HttpContext): void {
  app.post(
    '/v1/admin/workspaces/:id/credits',
    {
      schema: {
        tags: ['Admin'],
        summary: 'Give a workspace credits',
        description:
          'Not repeated safely: after a call whose answer was lost, read the balance before calling again.',
        security: [{ adminToken: [] }],
        params: z.object({ id: z.string() }),
        body: creditsBody,
        response: { 201: accountSchema, default: errorEnvelopeSchema },
      },
    },
    async (request, reply) => {
      const { id: workspaceId } = request.params;
      const { credits, mode, kind, note } = request.body;
      const expiresAt = readExpiry(request.body, context.clock());
      if ((await context.workspaces.find(workspaceId)) === undefined) {
        throw new AppError('not_found', { message: 'There is no workspace with this id.' });
      }
      const account = { workspaceId, mode };
      const amount = fromCredits(credits);
      const { balance } = await context.ledger.findBalance(account);
      if (balance + amount > fromCredits(MAX_CREDITS)) {
        throw new AppError('invalid_request', {
          message: `An account holds at most ${MAX_CREDITS} credits; this one has ${toCredits(balance)}.`,
          param: 'credits',
        });
      }
      if (kind === 'grant') await context.ledger.grant(account, amount, { note, expiresAt });
      else await context.ledger.topUp(account, amount, note);
      return reply.status(201).send({
        object: 'credits',
        workspace: workspaceId,
        mode,
        ...(await readBalance(account, context.ledger)),
      });
    },
  );
}

/** @throws AppError invalid_request for a time that is over, or one of a top-up */
function readExpiry(
  { kind, expires_at: seconds }: z.output<typeof creditsBody>,
  now: Date,
): Date | undefined {
  if (seconds === undefined) return undefined;
  if (kind === 'top_up') {
    throw new AppError('invalid_request', {
      message: 'A top-up never expires: leave `expires_at` out, or make it a `grant`.',
      param: 'expires_at',
    });
  }
  const expiresAt = new Date(seconds * 1000);
  if (!(expiresAt > now)) {
    throw new AppError('invalid_request', {
      message: '`expires_at` must be a time to come, in Unix seconds.',
      param: 'expires_at',
    });
  }
  return expiresAt;
}

async function readBalance(account: Account, ledger: Ledger): Promise<z.output<typeof balanceSchema>> {
  const { balance, available, held } = await ledger.findBalance(account);
  return { balance: toCredits(balance), available: toCredits(available), held: toCredits(held) };
}
