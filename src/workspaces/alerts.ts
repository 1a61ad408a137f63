import { z } from 'zod';
import { isExactCredits } from '../credits/microcredits.js';

const MAX_THRESHOLDS = 10;

const members = {
  budget_percents: z
    .array(
      z
        .int({ error: 'must be whole numbers' })
        .min(1, 'must be from 1 to 100')
        .max(100, 'must be from 1 to 100'),
      { error: 'must be a list of percentages' },
    )
    .max(MAX_THRESHOLDS, `must have at most ${MAX_THRESHOLDS} entries`)
    .describe(
      'Parts of a monthly budget, of a key or of the workspace, that are told when the charges of the month reach them; ' +
        'an empty list: none.',
    ),
  low_credits: z
    .number({ error: 'must be a number' })
    .min(0, 'must not be negative')
    .max(1_000_000_000, 'must be at most 1000000000')
    .refine(isExactCredits, 'must have at most six decimals')
    .describe('Told when the balance falls below it; 0: never.'),
};

/** From when on a workspace's webhooks are told of money. */
export const alertsSchema = z.strictObject(members);
export type Alerts = z.output<typeof alertsSchema>;

/** A change: members that are left out stay. */
export const alertsChangeSchema = alertsSchema.partial();
export type AlertsChange = z.output<typeof alertsChangeSchema>;

const DEFAULT: Alerts = { budget_percents: [50, 80, 100], low_credits: 100 };

/** Alerts as the store keeps them. */
export function parseAlerts(json: string | null): Alerts {
  return json === null ? DEFAULT : alertsSchema.parse(JSON.parse(json));
}

/** What they are after a change. Percentages are kept once each, in order. */
export function changeAlerts(before: Alerts, change: AlertsChange | undefined): Alerts {
  const percents = change?.budget_percents ?? before.budget_percents;
  return {
    budget_percents: [...new Set(percents)].sort((a, b) => a - b),
    low_credits: change?.low_credits ?? before.low_credits,
  };
}
