import { Dialog } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import type { KeyboardEvent } from 'react';
import { pictureOf, type ListedPicture } from '../../api/pictures.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { CloseIcon } from '../../parts/icons.js';
import { Notice } from '../../parts/notice.js';
import { Spinner } from '../../parts/spinner.js';
import { shorten } from './tile.js';
import type { PictureChanges } from './use-picture-changes.js';
import { ViewerPanel } from './viewer-panel.js';

interface ViewerProps {
  /** Id of the picture that is open. */
  readonly id: string;
  /** As the list knows it. */
  readonly listed: ListedPicture | undefined;
  readonly now: number;
  readonly changes: PictureChanges;
  /** Absent where there is none. */
  readonly onPrevious: (() => void) | undefined;
  readonly onNext: (() => void) | undefined;
  readonly onClose: () => void;
  readonly onOpen: (id: string) => void;
  readonly onEditsOf: (id: string) => void;
  readonly returnFocus: () => HTMLElement | null;
}

const STEP =
  'absolute top-1/2 grid h-20 w-9 -translate-y-1/2 place-items-center rounded-md bg-sheet/80 text-xl hover:bg-sheet disabled:hidden';

/** One picture at its largest, with all that is known of it. Arrows go on, Escape closes, K keeps. */
export function Viewer(props: ViewerProps) {
  const { id, listed, onPrevious, onNext, onClose, changes } = props;
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const read = useQuery({
    queryKey: [keyId, 'picture', id],
    queryFn: ({ signal }) => api(pictureOf(id, signal)),
    staleTime: 20 * 60_000,
    ...(listed === undefined ? {} : { placeholderData: listed }),
  });
  const picture =
    read.data === undefined ? undefined : { ...read.data, file_id: listed?.file_id ?? read.data.file_id };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target instanceof HTMLElement && event.target.matches('input, textarea, select')) return;
    if (event.key === 'ArrowLeft') onPrevious?.();
    else if (event.key === 'ArrowRight') onNext?.();
    else if (event.key.toLowerCase() === 'k' && picture !== undefined) void changes.keep([picture]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog.Root
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-30 bg-black/60" />
        <Dialog.Popup
          onKeyDown={onKeyDown}
          finalFocus={props.returnFocus}
          className="fixed inset-0 z-40 flex flex-col overflow-y-auto bg-paper outline-none lg:flex-row lg:overflow-hidden"
        >
          <Dialog.Title className="sr-only">{shorten(picture?.prompt ?? 'Picture')}</Dialog.Title>
          <div className="relative flex min-h-[50dvh] shrink-0 items-center justify-center bg-well p-3 lg:min-h-0 lg:min-w-0 lg:flex-1 lg:p-8">
            {picture === undefined ? (
              read.isError ? (
                <Notice kind="bad" title="This picture can not be opened">
                  <p>{read.error.message}</p>
                  <Button onClick={() => void read.refetch()}>Try again</Button>
                </Notice>
              ) : (
                <Spinner label="Opening the picture" />
              )
            ) : (
              <Large picture={picture} />
            )}
            <button
              type="button"
              aria-label="The picture before"
              className={`${STEP} left-2`}
              disabled={onPrevious === undefined}
              onClick={onPrevious}
            >
              ‹
            </button>
            <button
              type="button"
              aria-label="The next picture"
              className={`${STEP} right-2`}
              disabled={onNext === undefined}
              onClick={onNext}
            >
              ›
            </button>
          </div>
          <Dialog.Close
            aria-label="Close"
            className="fixed top-3 right-3 z-10 grid size-9 place-items-center rounded-md bg-paper/90 hover:bg-hover lg:absolute"
          >
            <CloseIcon className="size-5" />
          </Dialog.Close>
          <div className="lg:w-104 lg:shrink-0 lg:overflow-y-auto lg:border-l lg:border-line">
            {picture !== undefined && <ViewerPanel key={id} {...props} picture={picture} />}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Large({ picture }: { readonly picture: ListedPicture }) {
  if (picture.url === undefined) {
    return (
      <p className="max-w-sm text-center text-soft">
        {picture.lost === true
          ? 'The bytes of this picture were lost in the store. The operator can look for them.'
          : 'The picture was not kept, and its time is over.'}
      </p>
    );
  }
  return (
    <img
      key={picture.id}
      src={picture.url}
      alt={shorten(picture.prompt ?? 'Picture without a prompt')}
      width={picture.width}
      height={picture.height}
      // Until it is there, its preview.
      style={{ backgroundImage: cssUrl(picture.previews.at(-1)?.url), backgroundSize: '100% 100%' }}
      className="h-auto max-h-[70dvh] w-auto max-w-full rounded-sm shadow-raised lg:max-h-full"
    />
  );
}

function cssUrl(url: string | undefined): string | undefined {
  return url === undefined ? undefined : `url(${JSON.stringify(url)})`;
}
