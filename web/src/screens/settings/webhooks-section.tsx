import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import * as z from 'zod/mini';
import { makeWebhook, WEBHOOK_EVENTS, webhookEventSchema, webhookList } from '../../api/webhooks.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { useTyped } from '../../parts/use-typed.js';
import { SecretDialog } from './secret-dialog.js';
import { Loaded, Section } from './section.js';
import { WebhookCard } from './webhook-card.js';
import { WebhookForm, webhookProblems } from './webhook-form.js';

const draftSchema = z.nullable(
  z.object({ url: z.string(), description: z.string(), events: z.array(webhookEventSchema) }),
);

/** Addresses that are told of events. */
export function WebhooksSection() {
  const { id: keyId, kind } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const [secret, setSecret] = useState<string>();
  const [draft, setDraft, forget] = useTyped('webhook', draftSchema, null);
  const [problems, setProblems] = useState<ReturnType<typeof webhookProblems>>({});
  const webhooks = useQuery({
    queryKey: [keyId, 'webhooks'],
    queryFn: ({ signal }) => api(webhookList(signal)),
  });
  const make = useMutation({
    mutationFn: (wish: Parameters<typeof makeWebhook>[0]) => api(makeWebhook(wish)),
    onSuccess: async (made) => {
      forget();
      setSecret(made.secret);
      await client.invalidateQueries({ queryKey: [keyId, 'webhooks'] });
    },
  });
  return (
    <Section
      title="Webhooks"
      about={`Addresses of yours that are told of events of ${kind} keys, in the form of Standard Webhooks: signed, and tried again until they arrive.`}
    >
      <Loaded query={webhooks} what="the webhooks">
        {({ data }) => (
          <>
            {draft === null ? (
              <Button
                look="main"
                className="self-start"
                onClick={() => {
                  setDraft({ url: '', description: '', events: [...WEBHOOK_EVENTS] });
                }}
              >
                Make a webhook
              </Button>
            ) : (
              <WebhookForm
                label="A new webhook"
                action="Make the webhook"
                wish={draft}
                problems={problems}
                state={make}
                onChange={(wish) => {
                  setDraft({ ...wish, events: [...wish.events] });
                }}
                onSubmit={() => {
                  const found = webhookProblems(draft);
                  setProblems(found);
                  if (Object.keys(found).length === 0) make.mutate({ ...draft, url: draft.url.trim() });
                }}
                onCancel={() => {
                  forget();
                  setProblems({});
                  make.reset();
                }}
              />
            )}
            {data.length === 0 && draft === null && (
              <p className="text-soft">There are none: nobody is told of anything.</p>
            )}
            <ul className="flex flex-col gap-3">
              {data.map((webhook) => (
                <WebhookCard key={webhook.id} webhook={webhook} onSecret={setSecret} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
      <SecretDialog
        title="The secret of the webhook"
        secret={secret}
        about="It is shown this once. Your receiver verifies with it that a delivery comes from here; any library of Standard Webhooks takes it as it is."
        onClose={() => {
          setSecret(undefined);
        }}
      />
    </Section>
  );
}
