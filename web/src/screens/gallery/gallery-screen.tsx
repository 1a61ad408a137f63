import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { modelList } from '../../api/models.js';
import { useRouter } from '../../app/router.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { FilterBar } from './filter-bar.js';
import { ALL_PICTURES, readFilter, writeFilter, type GalleryFilter } from './gallery-filter.js';
import { GalleryEnd, GalleryState } from './gallery-state.js';
import { focusSoon, PictureGrid, useScrollMemory } from './picture-grid.js';
import { SelectionBar } from './selection-bar.js';
import { useNow } from './use-now.js';
import { usePictureChanges, type Outcome } from './use-picture-changes.js';
import { usePictures } from './use-pictures.js';
import { useSelection } from './use-selection.js';
import { Viewer } from './viewer.js';

/** Every picture of the workspace that is there, newest first. */
export function GalleryScreen() {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const { path, query, go } = useRouter();
  const now = useNow();
  const filterText = query.toString();
  const filter = useMemo(() => readFilter(new URLSearchParams(filterText)), [filterText]);
  const open = query.get('picture') ?? undefined;
  const pictures = usePictures(filter, now);
  const { shown, loadMore, refresh, change } = pictures;
  const changes = usePictureChanges(change);
  const selection = useSelection(shown);
  const [active, setActive] = useState<string>();
  const pushed = useRef(false);
  const grid = useRef<HTMLDivElement>(null);

  const models = useQuery({
    queryKey: [keyId, 'models'],
    queryFn: ({ signal }) => api(modelList(signal)),
    staleTime: 60_000,
  });
  const modelNames = useMemo(
    () => new Map((models.data?.data ?? []).map(({ id, name }) => [id, name])),
    [models.data],
  );
  const choices = useMemo(
    () => [...modelNames].map(([id, name]) => ({ id, name })).sort((a, b) => a.name.localeCompare(b.name)),
    [modelNames],
  );

  const setFilter = useCallback(
    (changed: Partial<GalleryFilter>) => {
      go(path + writeFilter({ ...filter, ...changed }), true);
    },
    [filter, go, path],
  );
  const openPicture = useCallback(
    (id: string) => {
      setActive(id);
      // From one to the next there is one step back to the grid.
      go(path + writeFilter(filter, id), open !== undefined);
      if (open === undefined) pushed.current = true;
    },
    [filter, go, open, path],
  );
  const close = () => {
    if (pushed.current) window.history.back();
    else go(path + writeFilter(filter), true);
    pushed.current = false;
    if (active !== undefined) focusSoon(active);
  };
  const { keep } = changes;
  const actions = useMemo(
    () => ({
      onOpen: openPicture,
      onSelect: selection.select,
      onFocus: setActive,
      onMissing: refresh,
      onKeep: (id: string) => {
        const picture = shown.find((one) => one.id === id);
        if (picture !== undefined) void keep([picture]);
      },
      onSelectAll: selection.selectAll,
      onSelectNone: selection.clear,
    }),
    [openPicture, selection.select, selection.selectAll, selection.clear, refresh, shown, keep],
  );
  useScrollMemory(
    `${keyId}${writeFilter(filter)}`,
    shown.length > 0 && !pictures.isLoadingMore,
    () => (pictures.hasMore ? (grid.current?.offsetHeight ?? 0) : Infinity),
    loadMore,
  );

  const place = open === undefined ? -1 : shown.findIndex(({ id }) => id === open);
  const [before, after] = place < 0 ? [] : [shown[place - 1], shown[place + 1]];
  const selected = shown.filter(({ id }) => selection.ids.has(id));
  const isFiltered = writeFilter(filter) !== '';
  return (
    <div className="flex flex-1 flex-col px-4 sm:px-6">
      <h1 className="sr-only">Gallery</h1>
      <div className="sticky top-0 z-10 -mx-4 border-b border-line bg-paper px-4 py-2.5 sm:-mx-6 sm:px-6">
        <FilterBar filter={filter} models={choices} onChange={setFilter} />
        {filter.parent !== '' && (
          <p className="mt-2 text-sm text-soft">
            Only what was edited from one picture.{' '}
            <button
              type="button"
              className="rounded-sm text-seal underline underline-offset-4"
              onClick={() => {
                setFilter({ parent: '' });
              }}
            >
              Show all
            </button>
          </p>
        )}
        {filter.words !== '' && (
          <p role="status" className="mt-2 text-sm text-soft">
            {shown.length.toLocaleString('en')} found among the {pictures.loaded.toLocaleString('en')}{' '}
            {pictures.hasMore ? 'newest that were loaded so far' : 'pictures'}.{' '}
            {pictures.hasMore && (
              <button
                type="button"
                disabled={pictures.isLoadingMore}
                className="rounded-sm text-seal underline underline-offset-4"
                onClick={loadMore}
              >
                {pictures.isLoadingMore ? 'Looking…' : 'Look through older ones'}
              </button>
            )}
          </p>
        )}
      </div>
      <GalleryState
        pictures={pictures}
        isFiltered={isFiltered}
        hasWords={filter.words !== ''}
        onShowAll={() => {
          setFilter(ALL_PICTURES);
        }}
      />
      {shown.length > 0 && (
        <div ref={grid}>
          <PictureGrid
            pictures={shown}
            hasMore={pictures.hasMore}
            // A search through everything would load everything.
            onNearEnd={filter.words === '' ? loadMore : ignore}
            selected={selection.ids}
            active={active}
            now={now}
            modelNames={modelNames}
            actions={actions}
          />
          <GalleryEnd pictures={pictures} />
        </div>
      )}
      <div className="pointer-events-none sticky bottom-16 z-10 mt-auto flex flex-col items-center gap-2 pb-3 *:pointer-events-auto md:bottom-0 md:pb-5">
        {open === undefined && changes.outcome !== undefined && (
          <OutcomeLine outcome={changes.outcome} onForget={changes.forget} />
        )}
        {selected.length > 0 && (
          <SelectionBar pictures={selected} changes={changes} onClear={selection.clear} />
        )}
      </div>
      {open !== undefined && (
        <Viewer
          id={open}
          listed={shown[place]}
          now={now}
          changes={changes}
          onPrevious={
            before === undefined
              ? undefined
              : () => {
                  openPicture(before.id);
                }
          }
          onNext={
            after === undefined
              ? undefined
              : () => {
                  openPicture(after.id);
                }
          }
          onClose={close}
          onOpen={openPicture}
          onEditsOf={(parent) => {
            pushed.current = false;
            go(path + writeFilter({ ...ALL_PICTURES, parent }));
          }}
          returnFocus={() => document.querySelector<HTMLElement>(`[data-picture="${CSS.escape(open)}"]`)}
        />
      )}
    </div>
  );
}

function ignore(): void {
  // Loaded when somebody asks for it.
}

function OutcomeLine({ outcome, onForget }: { readonly outcome: Outcome; readonly onForget: () => void }) {
  return (
    <div
      role={outcome.kind === 'bad' ? 'alert' : 'status'}
      className={`flex max-w-lg items-center gap-3 rounded-md border border-line bg-sheet px-4 py-2 text-sm shadow-raised ${outcome.kind === 'bad' ? 'text-bad' : ''}`}
    >
      <span>{outcome.words}</span>
      {outcome.kind !== 'busy' && (
        <button
          type="button"
          onClick={onForget}
          className="rounded-sm text-soft underline underline-offset-4"
        >
          Close
        </button>
      )}
    </div>
  );
}
