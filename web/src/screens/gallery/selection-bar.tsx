import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useState } from 'react';
import type { ListedPicture } from '../../api/pictures.js';
import { Button } from '../../parts/button.js';
import { DIALOG_BACKDROP, DIALOG_POPUP } from '../../parts/dialog-look.js';
import { download } from './download.js';
import { countOf, type PictureChanges } from './use-picture-changes.js';

interface SelectionBarProps {
  readonly pictures: readonly ListedPicture[];
  readonly changes: PictureChanges;
  readonly onClear: () => void;
}

/** What can be done with everything that is selected. */
export function SelectionBar({ pictures, changes, onClear }: SelectionBarProps) {
  const [asking, setAsking] = useState(false);
  const kept = pictures.filter(({ file_id }) => file_id !== undefined);
  const busy = changes.outcome?.kind === 'busy';
  return (
    <div
      role="toolbar"
      aria-label="Selected pictures"
      className="flex flex-wrap items-center gap-1 rounded-lg border border-line bg-sheet py-1.5 pr-1.5 pl-4 shadow-raised"
    >
      <p role="status" className="mr-2 text-sm tabular-nums">
        {pictures.length.toLocaleString('en')} selected
      </p>
      {changes.mayStore && (
        <Button
          disabled={busy || kept.length === pictures.length}
          onClick={() => void changes.keep(pictures)}
        >
          Keep
        </Button>
      )}
      <Button
        look="quiet"
        onClick={() => {
          download(pictures);
        }}
      >
        Download
      </Button>
      {changes.mayStore && (
        <Button
          look="quiet"
          disabled={busy || kept.length === 0}
          title={kept.length === 0 ? 'Temporary pictures go by themselves.' : undefined}
          onClick={() => {
            setAsking(true);
          }}
        >
          Delete…
        </Button>
      )}
      <Button look="quiet" onClick={onClear}>
        Clear
      </Button>
      <AlertDialog.Root open={asking} onOpenChange={setAsking}>
        <AlertDialog.Portal>
          <AlertDialog.Backdrop className={DIALOG_BACKDROP} />
          <AlertDialog.Popup className={`${DIALOG_POPUP} sm:w-[min(28rem,calc(100vw-3rem))]`}>
            <div className="flex flex-col gap-3 px-6 py-5">
              <AlertDialog.Title className="font-serif text-xl">
                Delete {countOf(kept.length)}?
              </AlertDialog.Title>
              <AlertDialog.Description className="text-soft">
                The files and their links end at once, and nobody can bring them back.
                {kept.length < pictures.length &&
                  ` ${(pictures.length - kept.length).toLocaleString('en')} of those selected are temporary: they go by themselves.`}
              </AlertDialog.Description>
              <div className="mt-2 flex justify-end gap-2">
                <AlertDialog.Close render={<Button look="quiet">Cancel</Button>} />
                <Button
                  look="main"
                  onClick={() => {
                    setAsking(false);
                    onClear();
                    void changes.remove(kept);
                  }}
                >
                  Delete for good
                </Button>
              </div>
            </div>
          </AlertDialog.Popup>
        </AlertDialog.Portal>
      </AlertDialog.Root>
    </div>
  );
}
