import { WEBHOOK_EVENTS, type WebhookWish } from '../../api/webhooks.js';
import { Button } from '../../parts/button.js';
import { Field } from './field.js';
import { EVENT_WORDS } from './webhook-words.js';

interface WebhookFormProps {
  readonly label: string;
  readonly action: string;
  readonly wish: WebhookWish;
  /** What is wrong with the address or the events. */
  readonly problems: { readonly url?: string; readonly events?: string };
  readonly state: { readonly isPending: boolean; readonly error: Error | null };
  readonly onChange: (wish: WebhookWish) => void;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
}

/** Address and events of a webhook. */
export function WebhookForm(props: WebhookFormProps) {
  const { label, action, wish, problems, state, onChange, onSubmit, onCancel } = props;
  return (
    <form
      noValidate
      aria-label={label}
      className="flex flex-col gap-4 rounded-lg border border-line bg-sheet px-5 py-5"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Field
        label="Address"
        type="url"
        placeholder="https://shop.example/hooks/atelier"
        value={wish.url}
        problem={problems.url}
        hint="A public https address of yours. It gets a POST for each event."
        onChange={(url) => {
          onChange({ ...wish, url });
        }}
      />
      <Field
        label="What it is for"
        value={wish.description}
        maxLength={200}
        hint="For you; it is not sent."
        onChange={(description) => {
          onChange({ ...wish, description });
        }}
      />
      <fieldset>
        <legend className="mb-1 text-sm font-medium">Told when</legend>
        {WEBHOOK_EVENTS.map((event) => (
          <label key={event} className="flex min-h-8 cursor-pointer items-center gap-2.5 text-sm">
            <input
              type="checkbox"
              checked={wish.events.includes(event)}
              onChange={({ target }) => {
                const events = WEBHOOK_EVENTS.filter((one) =>
                  one === event ? target.checked : wish.events.includes(one),
                );
                onChange({ ...wish, events });
              }}
            />
            <span>
              {EVENT_WORDS[event]} <code className="font-mono text-xs text-soft">{event}</code>
            </span>
          </label>
        ))}
        {problems.events !== undefined && (
          <p role="alert" className="mt-1 text-xs text-bad">
            {problems.events}
          </p>
        )}
      </fieldset>
      {state.error !== null && (
        <p role="alert" className="text-sm text-bad">
          Nothing was changed. {state.error.message}
        </p>
      )}
      <div className="flex gap-2">
        <Button type="submit" look="main" disabled={state.isPending}>
          {state.isPending ? 'One moment…' : action}
        </Button>
        <Button look="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

/** What keeps a webhook from being sent as it is typed. */
export function webhookProblems(wish: WebhookWish): { url?: string; events?: string } {
  return {
    ...(URL.canParse(wish.url.trim())
      ? {}
      : { url: 'Give a whole address, such as https://shop.example/hooks.' }),
    ...(wish.events.length > 0 ? {} : { events: 'Mark at least one.' }),
  };
}
