import { z } from 'zod';
import { creditsAmount } from '../../../credits/credits-amount.js';
import { fromCredits, toCredits } from '../../../credits/microcredits.js';
import { LEDGER_KINDS, type Account, type Ledger, type LedgerKind } from '../../../credits/ledger-store.js';
import { pageQuery, pageSchema, pageWish, toPage } from '../../answers/list-page.js';
import { AppError } from '../../../errors.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const MAX_EXPIRING = 10;
/** Of one refill. */
const MAX_TEST_CREDITS = 1_000_000;

const balanceSchema = z.object({
  object: z.literal('credits'),
  mode: z.enum(['live', 'test']),
  balance: z.number(),
  available: z.number().describe('What new requests can use: balance less what running ones hold.'),
  held: z.number(),
  expiring: z
    .array(z.object({ credits: z.number(), expires_at: z.number().int() }))
    .describe('What is going to expire, soonest first, at most ten. It is spent before anything else.'),
});

const entrySchema = z.object({
  id: z.string(),
  object: z.literal('ledger.entry'),
  kind: z
    .enum(LEDGER_KINDS)
    .describe(
      'grant: credits given, which may expire. top_up: credits that never expire. hold: set aside for a generation. ' +
        'settle: charged for its pictures. release: the rest of its hold, given back. ' +
        'expire: what was left of a grant at its end; what open holds need of it leaves when they have ended.',
    ),
  balance_delta: z.number(),
  held_delta: z.number(),
  generation_id: z.string().optional(),
  comparison_id: z.string().optional().describe('The comparison that the generation is a cell of.'),
  note: z.string().optional(),
  created: z.number().int(),
});

export function registerCredits(app: App, context: HttpContext): void {
  app.get(
    '/v1/credits',
    {
      schema: {
        tags: ['Credits'],
        summary: 'Balance of the key’s mode',
        security: [{ apiKey: [] }],
        response: { 200: balanceSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const { key, workspace } = callerWith(request, 'read_money');
      const account = { workspaceId: workspace.id, mode: key.mode };
      return toAnswer(account, context.ledger);
    },
  );
  app.get(
    '/v1/credits/ledger',
    {
      schema: {
        tags: ['Credits'],
        summary: 'Ledger of the key’s mode, newest first',
        description:
          'The balance is the sum of all `balance_delta`, the held credits that of all `held_delta`. What has expired leaves the ' +
          'balance at once and stands here with the next move, or a minute later.',
        security: [{ apiKey: [] }],
        querystring: pageQuery({ fallback: 100, max: 1000 }).extend({
          kind: z
            .string()
            .max(100)
            .optional()
            .describe('Only moves of these kinds, several with commas; by default all.'),
        }),
        response: { 200: pageSchema(entrySchema), default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const { key, workspace } = callerWith(request, 'read_money');
      const account = { workspaceId: workspace.id, mode: key.mode };
      const entries = await context.ledger.listEntries(account, {
        ...pageWish(request.query),
        kinds: readKinds(request.query.kind),
      });
      const data = entries.map((entry) => ({
        id: entry.id,
        object: 'ledger.entry' as const,
        kind: entry.kind,
        balance_delta: toCredits(entry.balanceDelta),
        held_delta: toCredits(entry.heldDelta),
        ...(entry.generationId === null ? {} : { generation_id: entry.generationId }),
        ...(entry.comparisonId === null ? {} : { comparison_id: entry.comparisonId }),
        ...(entry.note === null ? {} : { note: entry.note }),
        created: Math.floor(entry.createdAt.getTime() / 1000),
      }));
      return toPage(data, request.query);
    },
  );
  app.post(
    '/v1/credits/test',
    {
      schema: {
        tags: ['Credits'],
        summary: 'Refill the test credits',
        description: 'Takes an owner, admin or billing key. Live credits are given by the operator.',
        security: [{ apiKey: [] }],
        body: z.strictObject({ credits: creditsAmount(MAX_TEST_CREDITS) }),
        response: { 200: balanceSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const { key, workspace } = callerWith(request, 'top_up');
      const account = { workspaceId: workspace.id, mode: 'test' as const };
      await context.ledger.topUp(account, fromCredits(request.body.credits), `test credits by ${key.id}`);
      return toAnswer(account, context.ledger);
    },
  );
}

/** @throws AppError invalid_request for a kind that there is not */
function readKinds(text: string | undefined): readonly LedgerKind[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  const kinds = LEDGER_KINDS.filter((kind) => names.includes(kind));
  if (names.every((name) => kinds.some((kind) => kind === name))) return kinds;
  throw new AppError('invalid_request', {
    message: `\`kind\` must be ${LEDGER_KINDS.join(', ')}, or several of them with commas.`,
    param: 'kind',
    facts: { allowed: [...LEDGER_KINDS] },
  });
}

async function toAnswer(account: Account, ledger: Ledger): Promise<z.output<typeof balanceSchema>> {
  const [balance, expiring] = await Promise.all([
    ledger.findBalance(account),
    ledger.listExpiring(account, MAX_EXPIRING),
  ]);
  return {
    object: 'credits',
    mode: account.mode,
    balance: toCredits(balance.balance),
    available: toCredits(balance.available),
    held: toCredits(balance.held),
    expiring: expiring.map(({ amount, expiresAt }) => ({
      credits: toCredits(amount),
      expires_at: Math.floor(expiresAt.getTime() / 1000),
    })),
  };
}
