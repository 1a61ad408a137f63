import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { generationOf } from '../../api/images.js';
import type { ListedPicture } from '../../api/pictures.js';
import { Link } from '../../app/router.js';
import { findScreen } from '../../app/screens.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { CheckIcon } from '../../parts/icons.js';
import { Notice } from '../../parts/notice.js';
import { Spinner } from '../../parts/spinner.js';
import { Receipt } from '../../parts/receipt.js';
import { ReplayDialog } from '../../parts/replay-dialog.js';
import { ProvenanceDetails } from './provenance-details.js';
import { endOf } from './tile.js';
import { clockWords, dayWords } from './time-words.js';
import type { PictureChanges } from './use-picture-changes.js';

const QUIET_LINK =
  'inline-flex min-h-9 items-center rounded-md px-2.5 py-1.5 text-sm text-soft hover:bg-hover hover:text-ink';

interface ViewerPanelProps {
  readonly picture: ListedPicture;
  readonly now: number;
  readonly changes: PictureChanges;
  readonly onOpen: (id: string) => void;
  readonly onEditsOf: (id: string) => void;
}

/** What is known of a picture, and what can be done with it. */
export function ViewerPanel({ picture, now, changes, onOpen, onEditsOf }: ViewerPanelProps) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const [note, setNote] = useState<string>();
  const generation = useQuery({
    queryKey: [keyId, 'generation', picture.generation_id],
    queryFn: ({ signal }) => api(generationOf(picture.generation_id, signal)),
    staleTime: 20 * 60_000,
  });
  const whole = generation.data?.data.find(({ id }) => id === picture.id);
  const ends = endOf(picture, now);
  const editor = findScreen('/edit');
  const isThere = picture.url !== undefined;
  const copy = async () => {
    const link = `${window.location.origin}/gallery?picture=${picture.id}`;
    try {
      await navigator.clipboard.writeText(link);
      setNote('Copied. The link opens the picture for everybody who can sign in to this workspace.');
    } catch {
      // Browsers refuse it over plain http.
      setNote(link);
    }
  };
  return (
    <div className="flex flex-col gap-5 px-5 pt-5 pb-10 sm:px-6 lg:pt-6">
      <div className="pr-12">
        <p className="text-sm text-soft">
          {dayWords(picture.created, new Date(now * 1000))}, {clockWords(picture.created)}
        </p>
        <p
          className={`mt-0.5 inline-flex items-center gap-1.5 text-sm ${ends === undefined ? 'text-good' : 'text-warn'}`}
        >
          {ends === undefined ? (
            <>
              <CheckIcon /> Kept
            </>
          ) : (
            `Temporary: ${ends}`
          )}
        </p>
      </div>
      <p className="font-serif text-lg whitespace-pre-wrap">
        {picture.prompt ?? 'No prompt is on record for this picture.'}
      </p>
      <div className="-mx-2.5 flex flex-wrap items-center gap-1 border-y border-line py-2">
        {ends !== undefined && changes.mayStore && isThere && (
          <Button
            look="main"
            className="mx-2.5"
            disabled={changes.outcome?.kind === 'busy'}
            onClick={() => void changes.keep([picture])}
          >
            Keep
          </Button>
        )}
        {isThere && (
          <a href={`${picture.url ?? ''}&download`} className={QUIET_LINK}>
            Download
          </a>
        )}
        {editor !== undefined && isThere && (
          <Link href={`${editor.path}?image=${picture.id}`} className={QUIET_LINK}>
            Use as input
          </Link>
        )}
        {picture.operation === 'generate' && (
          <Link href={`/create?vary=${picture.id}`} className={QUIET_LINK}>
            Vary
          </Link>
        )}
        {whole !== undefined && changes.mayStore && (
          <ReplayDialog
            picture={whole}
            onMade={(made, words) => {
              const [image] = made.data;
              setNote(words);
              if (image !== undefined) onOpen(image.id);
            }}
          />
        )}
        <Button look="quiet" onClick={copy}>
          Copy link
        </Button>
      </div>
      <p role="status" className="-mt-3 text-sm break-words text-soft empty:hidden">
        {note}
      </p>
      {changes.outcome !== undefined && changes.outcome.kind !== 'done' && (
        <p role={changes.outcome.kind === 'bad' ? 'alert' : 'status'} className="-mt-3 text-sm text-bad">
          {changes.outcome.words}
        </p>
      )}
      {generation.isPending && <Spinner label="Reading the receipt" />}
      {generation.isError && (
        <Notice kind="bad" title="The receipt can not be read">
          <p>{generation.error.message}</p>
          <Button onClick={() => void generation.refetch()}>Try again</Button>
        </Notice>
      )}
      {generation.data !== undefined && whole !== undefined && (
        <Receipt generation={generation.data} picture={whole} />
      )}
      {(picture.parents ?? []).length > 0 && (
        <p className="text-sm">
          Edited from{' '}
          {picture.parents?.map((parent, index) => (
            <button
              key={parent}
              type="button"
              className="mr-2 rounded-sm text-seal underline underline-offset-4"
              onClick={() => {
                onOpen(parent);
              }}
            >
              {picture.parents?.length === 1 ? 'this picture' : `picture ${index + 1}`}
            </button>
          ))}
        </p>
      )}
      <button
        type="button"
        className="self-start rounded-sm text-sm text-seal underline underline-offset-4"
        onClick={() => {
          onEditsOf(picture.id);
        }}
      >
        Show what was edited from it
      </button>
      {isThere && <ProvenanceDetails id={picture.id} />}
    </div>
  );
}
