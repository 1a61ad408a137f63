import { Link } from '../../app/router.js';
import { Button } from '../../parts/button.js';
import { Notice } from '../../parts/notice.js';
import { Spinner } from '../../parts/spinner.js';
import type { Pictures } from './use-pictures.js';

interface GalleryStateProps {
  readonly pictures: Pictures;
  readonly isFiltered: boolean;
  readonly hasWords: boolean;
  readonly onShowAll: () => void;
}

/** What stands in place of the grid: that it is on its way, that it can't be read, or that there is nothing. */
export function GalleryState({ pictures, isFiltered, hasWords, onShowAll }: GalleryStateProps) {
  if (pictures.isLoading) return <Waiting />;
  if (pictures.loaded === 0 && pictures.error !== null) {
    return (
      <div className="m-auto w-full max-w-lg py-16">
        <Notice kind="bad" title="The pictures can not be read">
          <p>{pictures.error.message}</p>
          <div className="flex gap-2">
            <Button onClick={pictures.retry}>Try again</Button>
            {isFiltered && <Button onClick={onShowAll}>Show all pictures</Button>}
          </div>
        </Notice>
      </div>
    );
  }
  if (pictures.shown.length > 0) return null;
  if (isFiltered) {
    return (
      <div className="m-auto w-full max-w-lg py-16">
        <p className="font-serif text-2xl text-balance">Nothing like that is here</p>
        <p className="mt-2 text-soft">
          {hasWords && pictures.hasMore
            ? 'None of the pictures that were loaded has these words in its prompt. Older ones may.'
            : 'No picture fits all of the filters. What is not kept goes after a while.'}
        </p>
        <p className="mt-5 flex gap-2">
          {hasWords && pictures.hasMore && (
            <Button onClick={pictures.loadMore} disabled={pictures.isLoadingMore}>
              {pictures.isLoadingMore ? 'Looking…' : 'Look through older ones'}
            </Button>
          )}
          <Button onClick={onShowAll}>Show all pictures</Button>
        </p>
      </div>
    );
  }
  return (
    <div className="m-auto w-full max-w-lg py-16">
      <p className="font-serif text-2xl text-balance">No pictures yet</p>
      <p className="mt-2 text-soft">
        Whatever is made in this workspace lies here, by whichever key: temporary pictures until their time is
        over, kept ones for good.
      </p>
      <p className="mt-5">
        <Link href="/create" className="text-seal underline underline-offset-4">
          Create the first one
        </Link>
      </p>
    </div>
  );
}

/** Below the last row: that more is on its way, why it isn't, or that this was all. */
export function GalleryEnd({ pictures }: { readonly pictures: Pictures }) {
  return (
    <div className="flex min-h-16 items-center justify-center py-4 text-sm text-soft">
      {pictures.error !== null ? (
        <Notice kind="bad" title="Older pictures can not be read">
          <p>{pictures.error.message}</p>
          <Button onClick={pictures.retry}>Try again</Button>
        </Notice>
      ) : pictures.isLoadingMore ? (
        <Spinner label="Reading older pictures" />
      ) : pictures.hasMore ? null : (
        'These are all.'
      )}
    </div>
  );
}

/** Rows of blanks, so that little moves once the pictures are there. */
function Waiting() {
  return (
    <div className="pt-13">
      <span className="sr-only">
        <Spinner label="Reading the pictures" />
      </span>
      {[0, 1, 2].map((row) => (
        <div key={row} aria-hidden className="mb-1.5 flex h-33 gap-1.5 sm:h-56">
          {[3, 2, 3, 4].map((grow, place) => (
            <div
              key={place}
              style={{ flexGrow: row % 2 === 0 ? grow : 7 - grow }}
              className="animate-pulse rounded-sm bg-well motion-reduce:animate-none"
            />
          ))}
        </div>
      ))}
    </div>
  );
}
