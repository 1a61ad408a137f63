import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useState } from 'react';
import { Button } from '../../parts/button.js';
import { DIALOG_BACKDROP, DIALOG_POPUP } from '../../parts/dialog-look.js';

interface SecretDialogProps {
  readonly title: string;
  /** Undefined: there is nothing to be shown. */
  readonly secret: string | undefined;
  readonly about: string;
  readonly onClose: () => void;
}

/** A secret, this once. It is nowhere else in the page, and only the button closes what shows it. */
export function SecretDialog({ title, secret, about, onClose }: SecretDialogProps) {
  const [copied, setCopied] = useState<'yes' | 'no'>();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret ?? '');
      setCopied('yes');
    } catch {
      // Browsers refuse it over plain http: the text can still be selected.
      setCopied('no');
    }
  };
  return (
    <AlertDialog.Root open={secret !== undefined}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={DIALOG_BACKDROP} />
        <AlertDialog.Popup className={`${DIALOG_POPUP} sm:w-[min(36rem,calc(100vw-3rem))]`}>
          <div className="flex flex-col gap-3 overflow-y-auto px-6 py-5">
            <AlertDialog.Title className="font-serif text-xl break-words">{title}</AlertDialog.Title>
            <AlertDialog.Description className="text-soft">{about}</AlertDialog.Description>
            <code className="block rounded-md bg-well px-4 py-3 font-mono text-sm break-all select-all">
              {secret}
            </code>
            <p aria-live="polite" className="text-sm text-soft empty:hidden">
              {copied === 'no' && 'The browser does not let pages copy here: select the text.'}
            </p>
            <div className="mt-1 flex justify-end gap-2">
              <Button onClick={copy}>{copied === 'yes' ? 'Copied' : 'Copy'}</Button>
              <Button
                look="main"
                onClick={() => {
                  setCopied(undefined);
                  onClose();
                }}
              >
                I have stored it
              </Button>
            </div>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
