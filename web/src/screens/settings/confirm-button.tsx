import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Button } from '../../parts/button.js';
import { DIALOG_BACKDROP, DIALOG_POPUP } from '../../parts/dialog-look.js';

interface ConfirmButtonProps {
  /** On the button that asks. */
  readonly label: string;
  /** Said in place of the label where several buttons have it. */
  readonly spoken?: string;
  readonly title: string;
  /** What follows from it. */
  readonly children: ReactNode;
  /** On the button that does it. */
  readonly action: string;
  readonly run: () => Promise<unknown>;
}

/** Something that can't be taken back is asked about first; what went wrong stands in the question. */
export function ConfirmButton({ label, spoken, title, children, action, run }: ConfirmButtonProps) {
  const [open, setOpen] = useState(false);
  const doing = useMutation({
    mutationFn: run,
    onSuccess: () => {
      setOpen(false);
    },
  });
  return (
    <AlertDialog.Root
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        doing.reset();
      }}
    >
      <AlertDialog.Trigger render={<Button look="quiet" aria-label={spoken} />}>{label}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={DIALOG_BACKDROP} />
        <AlertDialog.Popup className={`${DIALOG_POPUP} sm:w-[min(30rem,calc(100vw-3rem))]`}>
          <div className="flex flex-col gap-3 overflow-y-auto px-6 py-5">
            <AlertDialog.Title className="font-serif text-xl break-words">{title}</AlertDialog.Title>
            <AlertDialog.Description render={<div />} className="flex flex-col gap-2 text-soft">
              {children}
            </AlertDialog.Description>
            {doing.isError && (
              <p role="alert" className="text-sm text-bad">
                Nothing was changed. {doing.error.message}
              </p>
            )}
            <div className="mt-2 flex justify-end gap-2">
              <AlertDialog.Close render={<Button look="quiet">Cancel</Button>} />
              <Button
                look="main"
                disabled={doing.isPending}
                onClick={() => {
                  doing.mutate();
                }}
              >
                {doing.isPending ? 'One moment…' : action}
              </Button>
            </div>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
