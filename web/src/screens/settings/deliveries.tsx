import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { deliveryPage, replayDelivery, type Delivery } from '../../api/webhooks.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Notice } from '../../parts/notice.js';
import { Spinner } from '../../parts/spinner.js';
import { momentWords } from './time-words.js';
import { outcomeWords } from './webhook-words.js';

const FIRST_PAGE: string | undefined = undefined;
/** While something is on its way. */
const LOOK_AGAIN_MS = 2_000;

interface DeliveriesProps {
  readonly webhookId: string;
  /** A disabled webhook gets nothing, also not again. */
  readonly enabled: boolean;
}

/** What was sent to a webhook in the last 30 days, read once somebody asks. */
export function Deliveries({ webhookId, enabled }: DeliveriesProps) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const [open, setOpen] = useState(false);
  const log = useInfiniteQuery({
    queryKey: [keyId, 'deliveries', webhookId],
    queryFn: ({ pageParam, signal }) => api(deliveryPage(webhookId, pageParam, signal)),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (page) => (page.has_more ? page.last_id : undefined),
    enabled: open,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ data }) => data.some(({ status }) => status === 'pending')) === true
        ? LOOK_AGAIN_MS
        : false,
  });
  const deliveries = log.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <details
      onToggle={(event) => {
        if (event.target === event.currentTarget) setOpen(event.currentTarget.open);
      }}
    >
      <summary className="w-fit rounded-sm text-sm text-soft hover:text-ink">Deliveries</summary>
      <div className="mt-2 flex flex-col gap-2">
        {log.isPending ? (
          <Spinner label="Reading the deliveries" />
        ) : deliveries.length === 0 && !log.isError ? (
          <p className="text-sm text-soft">Nothing was sent in the last 30 days.</p>
        ) : (
          <ul className="rounded-md border border-line">
            {deliveries.map((delivery) => (
              <OneDelivery key={delivery.id} delivery={delivery} webhookId={webhookId} enabled={enabled} />
            ))}
          </ul>
        )}
        {log.isError && (
          <Notice kind="bad" title="The deliveries can not be read">
            <p>{log.error.message}</p>
          </Notice>
        )}
        {log.hasNextPage && (
          <Button
            className="self-start"
            disabled={log.isFetchingNextPage}
            onClick={() => void log.fetchNextPage()}
          >
            {log.isFetchingNextPage ? 'Reading…' : 'Show earlier ones'}
          </Button>
        )}
      </div>
    </details>
  );
}

function OneDelivery({ delivery, webhookId, enabled }: DeliveriesProps & { readonly delivery: Delivery }) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const replay = useMutation({
    mutationFn: () => api(replayDelivery(webhookId, delivery.id)),
    onSuccess: () => client.invalidateQueries({ queryKey: [keyId, 'deliveries', webhookId] }),
  });
  return (
    <li className="border-b border-line px-3 py-2 text-sm last:border-0">
      <div className="flex flex-wrap items-center gap-x-3">
        <code className="font-mono text-xs">{delivery.event}</code>
        <span className="text-soft">{momentWords(delivery.created)}</span>
        <span
          className={`min-w-0 flex-1 break-words ${delivery.status === 'delivered' ? 'text-good' : 'text-warn'}`}
        >
          {outcomeWords(delivery)}
          {delivery.attempts > 1 && ` ${delivery.attempts} attempts.`}
          {delivery.next_attempt_at !== undefined &&
            delivery.attempts > 0 &&
            ` Next ${momentWords(delivery.next_attempt_at)}.`}
        </span>
        {enabled && (
          <Button
            look="quiet"
            disabled={replay.isPending}
            onClick={() => {
              replay.mutate();
            }}
          >
            {replay.isPending ? 'Sending…' : 'Send again'}
          </Button>
        )}
      </div>
      {replay.isError && (
        <p role="alert" className="text-bad">
          It was not sent again. {replay.error.message}
        </p>
      )}
      <details>
        <summary className="w-fit rounded-sm text-xs text-soft hover:text-ink">What is sent</summary>
        <pre
          tabIndex={0}
          aria-label={`Body of ${delivery.event}`}
          className="mt-1 overflow-x-auto rounded-md bg-well p-3 font-mono text-xs"
        >
          {JSON.stringify(delivery.payload, null, 2)}
        </pre>
      </details>
    </li>
  );
}
