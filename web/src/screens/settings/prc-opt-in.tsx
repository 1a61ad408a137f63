import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useState } from 'react';
import type { Workspace } from '../../api/workspace.js';
import { Button } from '../../parts/button.js';
import { DIALOG_BACKDROP, DIALOG_POPUP } from '../../parts/dialog-look.js';
import { Field } from './field.js';
import type { PrcPlace } from './prc-places.js';
import { useWorkspaceChange } from './use-workspace.js';

interface PrcOptInProps {
  readonly settings: Workspace;
  readonly places: readonly PrcPlace[];
}

/** Whether requests may go to operators in the People's Republic of China; allowing it takes the name of the workspace. */
export function PrcOptIn({ settings, places }: PrcOptInProps) {
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState('');
  const change = useWorkspaceChange(() => {
    setAsking(false);
    setTyped('');
  });
  const allowed = settings.prc_opt_in;
  return (
    <section
      aria-labelledby="prc-title"
      className="flex flex-col gap-3 rounded-lg border border-line bg-sheet px-5 py-5"
    >
      <h3 id="prc-title" className="font-medium">
        Operators in mainland China: {allowed ? 'allowed' : 'not allowed'}
      </h3>
      <p className="max-w-prose text-sm text-soft">
        {allowed
          ? 'Requests for the models below leave for companies of the People’s Republic of China, under its law.'
          : 'No request leaves for companies of the People’s Republic of China or their machines there. Their models are listed and refused.'}{' '}
        The same models on your own machines need no permission.
      </p>
      <Places places={places} />
      {allowed ? (
        <>
          <Button
            className="self-start"
            disabled={change.isPending}
            onClick={() => {
              change.mutate({ prc_opt_in: false, confirm: settings.name });
            }}
          >
            {change.isPending ? 'One moment…' : 'Stop allowing it'}
          </Button>
          {change.isError && (
            <p role="alert" className="text-sm text-bad">
              It is still allowed. {change.error.message}
            </p>
          )}
        </>
      ) : (
        <Button
          className="self-start"
          onClick={() => {
            setAsking(true);
          }}
        >
          Allow it…
        </Button>
      )}
      <AlertDialog.Root
        open={asking}
        onOpenChange={(open) => {
          setAsking(open);
          change.reset();
        }}
      >
        <AlertDialog.Portal>
          <AlertDialog.Backdrop className={DIALOG_BACKDROP} />
          <AlertDialog.Popup className={`${DIALOG_POPUP} sm:w-[min(36rem,calc(100vw-3rem))]`}>
            <form
              noValidate
              className="flex flex-col gap-3 overflow-y-auto px-6 py-5"
              onSubmit={(event) => {
                event.preventDefault();
                if (typed === settings.name) change.mutate({ prc_opt_in: true, confirm: typed });
              }}
            >
              <AlertDialog.Title className="font-serif text-xl">
                Let requests go to mainland China?
              </AlertDialog.Title>
              <AlertDialog.Description render={<div />} className="flex flex-col gap-2">
                <p>
                  <strong className="font-semibold">What leaves:</strong> the prompt, and in edits the
                  pictures and the mask, of every request for these models, by any key of this workspace.
                </p>
                <div>
                  <strong className="font-semibold">Where to:</strong>
                  <Places places={places} />
                </div>
                <p>
                  <strong className="font-semibold">What it means:</strong> what arrives there is kept and
                  looked at under the law of the People’s Republic of China, and can’t be called back. Other
                  models are not concerned. It can be stopped here at any time.
                </p>
              </AlertDialog.Description>
              <Field
                label={`Type the name of the workspace: ${settings.name}`}
                value={typed}
                onChange={setTyped}
                hint="The change is written to the audit log."
              />
              {change.isError && (
                <p role="alert" className="text-sm text-bad">
                  Nothing was changed. {change.error.message}
                </p>
              )}
              <div className="mt-1 flex justify-end gap-2">
                <AlertDialog.Close render={<Button look="quiet">Cancel</Button>} />
                <Button type="submit" look="main" disabled={typed !== settings.name || change.isPending}>
                  {change.isPending ? 'One moment…' : 'Allow it'}
                </Button>
              </div>
            </form>
          </AlertDialog.Popup>
        </AlertDialog.Portal>
      </AlertDialog.Root>
    </section>
  );
}

function Places({ places }: { readonly places: readonly PrcPlace[] }) {
  if (places.length === 0) return null;
  return (
    <ul className="ml-5 list-disc text-sm text-soft">
      {places.map(({ id, name, places: where }) => (
        <li key={id}>
          {name}: {where.join('; ')}
        </li>
      ))}
    </ul>
  );
}
