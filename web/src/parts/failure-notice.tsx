import { useMutation, useQueryClient } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { useApi, useCurrentKey } from '../app/session.js';
import { Button } from './button.js';
import { formatCredits } from './credits.js';
import { Notice } from './notice.js';

const TEST_CREDITS = 1000;

interface FailureNoticeProps {
  readonly title?: string;
  readonly message: string;
  readonly code: string;
  /** In credits; undefined: nothing ran. */
  readonly charged?: number | undefined;
  readonly onRetry?: (() => void) | undefined;
}

/** What happened, what it cost, and what can be done. */
export function FailureNotice({ title, message, code, charged = 0, onRetry }: FailureNoticeProps) {
  const { kind } = useCurrentKey();
  const unit = kind === 'test' ? 'test credits' : 'credits';
  return (
    <Notice kind="bad" title={title ?? 'No picture was made'}>
      <p>{message}</p>
      <p className="text-soft">
        {charged === 0
          ? 'Nothing was charged.'
          : `${formatCredits(charged)} ${unit} were charged for what was delivered.`}{' '}
        {adviceFor(code)}
      </p>
      {code === 'insufficient_credits' && kind === 'test' && <RefillButton />}
      {onRetry !== undefined && MAY_HELP.has(code) && <Button onClick={onRetry}>Try again</Button>}
    </Notice>
  );
}

/** Sending the same once more can help, and buys nothing twice. */
const MAY_HELP: ReadonlySet<string> = new Set([
  'connection',
  'rate_limit_exceeded',
  'no_image_returned',
  'upstream_error',
  'upstream_unavailable',
  'upstream_timeout',
  'outcome_unknown',
  'queue_full',
  'storage_unavailable',
  'overloaded',
  'internal_error',
  'insufficient_credits',
]);

/** What helps against an error of the catalogue; empty where nothing more is known. */
export function adviceFor(code: string): string {
  switch (code) {
    case 'content_policy_violation':
      return 'Reword the prompt, or choose a model with other rules.';
    case 'insufficient_credits':
      return 'Choose fewer or cheaper pictures, or have the credits filled up.';
    case 'budget_exceeded':
      return 'An owner or admin can raise the budget.';
    case 'storage_quota_exceeded':
      return 'Delete files that are not needed any more.';
    case 'permission_denied':
    case 'model_not_allowed':
      return 'Sign in with another key, or ask an owner of the workspace.';
    case 'prc_opt_in_required':
      return 'Choose another model, or have an owner opt in.';
    case 'model_not_configured':
      return 'Choose another model, or try it in test mode.';
    case 'rate_limit_exceeded':
    case 'queue_full':
    case 'storage_unavailable':
    case 'overloaded':
      return 'Wait a moment, then try again.';
    case 'outcome_unknown':
      return 'The provider may have made it all the same; only what is delivered is ever charged.';
    case 'connection':
      return 'If it had reached the server, it appears here by itself.';
    case 'upstream_error':
    case 'upstream_unavailable':
    case 'upstream_timeout':
    case 'no_image_returned':
      return 'Try again, or choose another model.';
    default:
      return '';
  }
}

function RefillButton() {
  const { id } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const refill = useMutation({
    mutationFn: () =>
      api({
        method: 'POST',
        path: '/v1/credits/test',
        body: { credits: TEST_CREDITS },
        answer: z.object({ available: z.number() }),
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: [id, 'credits'] }),
  });
  if (refill.isError) return <p role="alert">{refill.error.message}</p>;
  if (refill.isSuccess)
    return <p role="status">{formatCredits(refill.data.available)} test credits are there now.</p>;
  return (
    <Button
      disabled={refill.isPending}
      onClick={() => {
        refill.mutate();
      }}
    >
      Add {formatCredits(TEST_CREDITS)} test credits
    </Button>
  );
}
