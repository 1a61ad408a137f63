import { Dialog } from '@base-ui/react/dialog';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { replayOf, replayPlanOf, type Generation, type Picture } from '../api/images.js';
import { useApi, useCurrentKey } from '../app/session.js';
import { Button } from './button.js';
import { Credits } from './credits.js';
import { DIALOG_BACKDROP, DIALOG_POPUP } from './dialog-look.js';
import { Notice } from './notice.js';
import { Spinner } from './spinner.js';
import { randomName } from './random-name.js';

interface ReplayDialogProps {
  readonly picture: Picture;
  readonly onMade: (generation: Generation, note: string) => void;
}

/** Makes a picture again; its price, and what can't be the same, stand before the click. */
export function ReplayDialog({ picture, onMade }: ReplayDialogProps) {
  const key = useCurrentKey();
  const api = useApi();
  const [open, setOpen] = useState(false);
  const plan = useQuery({
    queryKey: [key.id, 'replay', picture.id],
    queryFn: ({ signal }) => api(replayPlanOf(picture.id, signal)),
    enabled: open,
    staleTime: 60_000,
  });
  const replay = useMutation({
    mutationFn: () => api(replayOf(picture.id, randomName())),
    onSuccess: ({ replay: outcome, ...generation }) => {
      const same = outcome.identical === true;
      onMade(generation, same ? 'Replayed: the same bytes, to the last one.' : 'Replayed: another picture.');
      setOpen(false);
    },
  });
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger render={<Button look="quiet">Replay</Button>} />
      <Dialog.Portal>
        <Dialog.Backdrop className={DIALOG_BACKDROP} />
        <Dialog.Popup className={`${DIALOG_POPUP} sm:w-[min(30rem,calc(100vw-3rem))]`}>
          <div className="flex flex-col gap-3 overflow-y-auto px-6 py-5">
            <Dialog.Title className="font-serif text-xl">Make this picture again</Dialog.Title>
            <Dialog.Description className="text-soft">
              The same request runs once more, at the price of today.
            </Dialog.Description>
            {plan.isPending && <Spinner label="Asking what can be reproduced" />}
            {plan.isError && (
              <Notice kind="bad" title="It can not be replayed">
                <p>{plan.error.message}</p>
              </Notice>
            )}
            {plan.data !== undefined && <Reproduction reasons={plan.data.replay.not_reproducible} />}
            {replay.isError && (
              <Notice kind="bad" title="The picture was not made">
                <p>{replay.error.message}</p>
              </Notice>
            )}
            <div className="mt-2 flex items-center justify-end gap-2">
              {plan.data !== undefined && (
                <p className="mr-auto text-sm tabular-nums">
                  {plan.data.quote.credits === 0 ? (
                    'free'
                  ) : (
                    <>
                      up to <Credits amount={plan.data.quote.credits} mode={key.kind} />
                    </>
                  )}
                </p>
              )}
              <Dialog.Close render={<Button look="quiet">Cancel</Button>} />
              <Button
                look="main"
                disabled={plan.data === undefined || replay.isPending}
                onClick={() => {
                  replay.mutate();
                }}
              >
                {replay.isPending ? 'Making it…' : 'Replay'}
              </Button>
            </div>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Reproduction({ reasons }: { readonly reasons: readonly string[] }) {
  if (reasons.length === 0) return <p>It will be the same picture, to the last byte.</p>;
  return (
    <div>
      <p>It will not be quite the same:</p>
      <ul className="mt-1 ml-5 list-disc text-soft">
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </div>
  );
}
