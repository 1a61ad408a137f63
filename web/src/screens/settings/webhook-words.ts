import type { Delivery, Webhook, WebhookEvent } from '../../api/webhooks.js';

export const EVENT_WORDS: Readonly<Record<WebhookEvent, string>> = {
  'generation.completed': 'A request brought pictures',
  'generation.failed': 'A request failed or was cancelled',
  'comparison.completed': 'A comparison is finished',
  'budget.threshold_reached': 'A part of a budget is spent',
  'credits.low': 'The balance is low',
};

const REASONS: Readonly<Record<string, string>> = {
  by_owner: 'Somebody turned it off.',
  gone: 'Its receiver answered that it is gone for good (410).',
  failing: 'An event was given up after ten attempts, and nothing had arrived since it happened.',
};

/** How a webhook fares, in a sentence. */
export function healthWords(webhook: Webhook, momentWords: (seconds: number) => string): string {
  if (webhook.status === 'disabled') {
    return `Off. ${REASONS[webhook.disabled_reason ?? ''] ?? ''}`.trim();
  }
  const { failing, last_delivered_at: delivered } = webhook;
  if (failing !== undefined) {
    const times = failing.attempts === 1 ? 'once' : `${failing.attempts} times in a row`;
    return `Failing since ${momentWords(failing.since)}, ${times}: ${problemWords(failing)}`;
  }
  return delivered === undefined ? 'Nothing was sent yet.' : `Last arrived ${momentWords(delivered)}.`;
}

/** What came of a delivery. */
export function outcomeWords(delivery: Delivery): string {
  switch (delivery.status) {
    case 'delivered':
      return `Arrived${delivery.last_status === undefined ? '' : ` (${delivery.last_status})`}`;
    case 'failed':
      return `Did not arrive: ${problemWords(delivery)}`;
    case 'pending':
      return delivery.attempts === 0 ? 'On its way' : `To be tried again: ${problemWords(delivery)}`;
  }
}

function problemWords(last: {
  readonly last_status?: number | undefined;
  readonly last_error?: string | undefined;
}): string {
  if (last.last_error !== undefined) return `${last.last_error.replace(/\.$/, '')}.`;
  return last.last_status === undefined
    ? 'the receiver could not be reached.'
    : `the receiver answered ${last.last_status}.`;
}
