import { Dialog } from '@base-ui/react/dialog';
import { useState } from 'react';
import type { ImageWish } from '../../api/images.js';
import { Button } from '../../parts/button.js';
import { DIALOG_BACKDROP, DIALOG_POPUP } from '../../parts/dialog-look.js';
import { Segmented } from '../../parts/segmented.js';
import { codeSample, LANGUAGES, type Language } from './code-samples.js';

/** The request of a picture as code. */
export function CodeDialog({ wish }: { readonly wish: ImageWish }) {
  const [language, setLanguage] = useState<Language>('curl');
  const [copied, setCopied] = useState<'yes' | 'no'>();
  const code = codeSample(language, wish, window.location.origin);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code);
      setCopied('yes');
    } catch {
      // Browsers refuse it over plain http: the text can still be selected.
      setCopied('no');
    }
  };
  return (
    <Dialog.Root
      onOpenChange={() => {
        setCopied(undefined);
      }}
    >
      <Dialog.Trigger render={<Button look="quiet">Code</Button>} />
      <Dialog.Portal>
        <Dialog.Backdrop className={DIALOG_BACKDROP} />
        <Dialog.Popup className={`${DIALOG_POPUP} sm:w-[min(44rem,calc(100vw-3rem))]`}>
          <div className="flex flex-wrap items-center gap-3 border-b border-line px-5 py-3">
            <Dialog.Title className="mr-auto font-serif text-xl">The same as code</Dialog.Title>
            <Segmented
              label="Language"
              value={language}
              options={LANGUAGES.map((value) => ({ value, label: value }))}
              onChange={(value) => {
                setLanguage(value);
                setCopied(undefined);
              }}
            />
          </div>
          <pre
            tabIndex={0}
            aria-label={`${language} code`}
            className="overflow-auto bg-well px-5 py-4 font-mono text-sm whitespace-pre-wrap select-all"
          >
            {code}
          </pre>
          <div className="flex items-center gap-3 border-t border-line px-5 py-3">
            <p className="mr-auto text-sm text-soft" aria-live="polite">
              {copied === 'no'
                ? 'The browser does not let pages copy here: select the text.'
                : 'Takes a key from ATELIER_API_KEY.'}
            </p>
            <Dialog.Close render={<Button look="quiet">Close</Button>} />
            <Button look="main" onClick={copy}>
              {copied === 'yes' ? 'Copied' : 'Copy'}
            </Button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
