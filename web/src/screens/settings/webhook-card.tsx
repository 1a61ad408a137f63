import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import {
  changeWebhook,
  removeWebhook,
  rotateSecret,
  testWebhook,
  type Webhook,
  type WebhookWish,
} from '../../api/webhooks.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Notice } from '../../parts/notice.js';
import { ConfirmButton } from './confirm-button.js';
import { Deliveries } from './deliveries.js';
import { momentWords } from './time-words.js';
import { WebhookForm, webhookProblems } from './webhook-form.js';
import { EVENT_WORDS, healthWords, outcomeWords } from './webhook-words.js';

interface WebhookCardProps {
  readonly webhook: Webhook;
  readonly onSecret: (secret: string) => void;
}

/** A webhook, how it fares, and what was sent to it. */
export function WebhookCard({ webhook, onSecret }: WebhookCardProps) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const [wish, setWish] = useState<WebhookWish>();
  const [problems, setProblems] = useState<ReturnType<typeof webhookProblems>>({});
  const readAgain = () => {
    void client.invalidateQueries({ queryKey: [keyId, 'deliveries', webhook.id] });
    return client.invalidateQueries({ queryKey: [keyId, 'webhooks'] });
  };
  const change = useMutation({
    mutationFn: (changed: Parameters<typeof changeWebhook>[1]) => api(changeWebhook(webhook.id, changed)),
    onSuccess: async () => {
      await readAgain();
      setWish(undefined);
    },
  });
  const test = useMutation({ mutationFn: () => api(testWebhook(webhook.id)), onSuccess: readAgain });
  const enabled = webhook.status === 'enabled';
  if (wish !== undefined) {
    return (
      <li>
        <WebhookForm
          label={`Change ${webhook.url}`}
          action="Save"
          wish={wish}
          problems={problems}
          state={change}
          onChange={setWish}
          onSubmit={() => {
            const found = webhookProblems(wish);
            setProblems(found);
            if (Object.keys(found).length === 0) change.mutate({ ...wish, url: wish.url.trim() });
          }}
          onCancel={() => {
            change.reset();
            setWish(undefined);
          }}
        />
      </li>
    );
  }
  return (
    <li className="flex flex-col gap-3 rounded-lg border border-line bg-sheet px-5 py-4">
      <div>
        <h3 className="font-medium break-all">{webhook.url}</h3>
        {webhook.description !== undefined && (
          <p className="text-sm break-words text-soft">{webhook.description}</p>
        )}
        <p
          className={`mt-1 text-sm break-words ${enabled && webhook.failing === undefined ? 'text-soft' : 'text-warn'}`}
        >
          {healthWords(webhook, momentWords)}
        </p>
        <p className="mt-1 text-sm text-soft">
          {webhook.events.map((event) => EVENT_WORDS[event]).join(' · ')}
        </p>
      </div>
      <div className="-ml-2.5 flex flex-wrap gap-1">
        <Button
          className="ml-2.5"
          disabled={test.isPending}
          onClick={() => {
            test.mutate();
          }}
        >
          {test.isPending ? 'Sending…' : 'Send a test'}
        </Button>
        <Button
          look="quiet"
          onClick={() => {
            const { url, description = '', events } = webhook;
            setWish({ url, description, events });
          }}
        >
          Change
        </Button>
        <Button
          look="quiet"
          disabled={change.isPending}
          onClick={() => {
            change.mutate({ enabled: !enabled });
          }}
        >
          {enabled ? 'Turn off' : 'Turn on'}
        </Button>
        <ConfirmButton
          label="New secret…"
          title="Give it a new secret?"
          action="Make a new secret"
          run={async () => {
            const made = await api(rotateSecret(webhook.id));
            await readAgain();
            onSecret(made.secret);
          }}
        >
          <p>
            For 24 hours deliveries are signed with both, so that your receiver can change over. After that
            the old one is worth nothing.
          </p>
        </ConfirmButton>
        <ConfirmButton
          label="Delete…"
          title="Delete this webhook?"
          action="Delete it"
          run={async () => {
            await api(removeWebhook(webhook.id));
            await readAgain();
          }}
        >
          <p className="break-all">{webhook.url}</p>
          <p>Nothing more is sent to it, and what was sent can’t be looked up any more.</p>
        </ConfirmButton>
      </div>
      {change.isError && (
        <p role="alert" className="text-sm text-bad">
          Nothing was changed. {change.error.message}
        </p>
      )}
      {test.isError && (
        <Notice kind="bad" title="The test was not sent">
          <p>{test.error.message}</p>
        </Notice>
      )}
      {test.data !== undefined && (
        <Notice
          kind={test.data.status === 'delivered' ? 'plain' : 'bad'}
          title={test.data.status === 'delivered' ? 'The test arrived' : 'The test did not arrive'}
        >
          <p>{outcomeWords(test.data)}</p>
        </Notice>
      )}
      <Deliveries webhookId={webhook.id} enabled={enabled} />
    </li>
  );
}
