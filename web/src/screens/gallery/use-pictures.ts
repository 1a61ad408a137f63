import { useInfiniteQuery, useQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import { pictureList, pictureOf, type ListedPicture, type PicturePage } from '../../api/pictures.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { hasWords, toPictureFilter, type GalleryFilter } from './gallery-filter.js';

/** How often is looked for new pictures while the screen is shown. */
const LOOK_AGAIN_MS = 20_000;
/** Links live for an hour at least: what was read longer ago is read anew. */
const FRESH_MS = 30 * 60_000;

type Pages = InfiniteData<PicturePage, string | undefined>;

export interface Pictures {
  /** What was loaded and has not gone, and has the words that are looked for; newest first. */
  readonly shown: readonly ListedPicture[];
  /** How many were loaded, whatever their words. */
  readonly loaded: number;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  /** The first pictures can't be read, or further ones. */
  readonly error: Error | null;
  readonly loadMore: () => void;
  readonly retry: () => void;
  /** Reads one anew, for fresh links; one that is gone leaves the list. */
  readonly refresh: (id: string) => void;
  readonly change: (
    ids: ReadonlySet<string>,
    to: (picture: ListedPicture) => ListedPicture | undefined,
  ) => void;
}

/** The pictures of the workspace, by pages. @param nowSeconds Unix seconds; those whose time is over are left out */
export function usePictures(filter: GalleryFilter, nowSeconds: number): Pictures {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const { words, ...asked } = filter;
  const askedText = JSON.stringify(asked);
  const key = useMemo(() => [keyId, 'pictures', askedText], [keyId, askedText]);

  const pages = useInfiniteQuery<PicturePage, Error, Pages, readonly string[], string | undefined>({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      api(pictureList(toPictureFilter(filter, new Date()), pageParam, signal)),
    initialPageParam: undefined,
    getNextPageParam: (last) => (last.has_more ? last.last_id : undefined),
    // A hundred pages are not read again because somebody comes back: what is new is looked for on its own.
    staleTime: Infinity,
    gcTime: FRESH_MS,
    refetchOnReconnect: false,
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, refetch, dataUpdatedAt, error } = pages;

  useQuery({
    queryKey: [keyId, 'newest pictures', askedText],
    queryFn: async ({ signal }) => {
      const newest = await api(pictureList(toPictureFilter(filter, new Date()), undefined, signal));
      client.setQueryData<Pages>(key, (before) =>
        before === undefined ? before : joinNewest(before, newest),
      );
      return newest.data.length;
    },
    enabled: data !== undefined,
    refetchInterval: LOOK_AGAIN_MS,
    staleTime: 5_000,
  });

  const change = useCallback<Pictures['change']>(
    (ids, to) => {
      client.setQueriesData<Pages>({ queryKey: [keyId, 'pictures'] }, (before) =>
        before === undefined ? before : changePages(before, ids, to),
      );
    },
    [client, keyId],
  );
  const refresh = useCallback(
    (id: string) => {
      api(pictureOf(id)).then(
        (fresh) => {
          change(new Set([id]), () => (fresh.url === undefined && fresh.lost !== true ? undefined : fresh));
        },
        () => {
          // The picture stays as a blank; it is asked for again with the next load.
        },
      );
    },
    [api, change],
  );
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && error === null) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, error, fetchNextPage]);

  const all = useMemo(() => data?.pages.flatMap((page) => page.data) ?? [], [data]);
  const shown = useMemo(
    () =>
      all.filter(
        (picture) =>
          (picture.file_id !== undefined || picture.expires_at > nowSeconds) &&
          (words.trim() === '' || hasWords(picture.prompt, words.trim())),
      ),
    [all, nowSeconds, words],
  );

  // Coming back after a long while: the links have ended.
  useEffect(() => {
    if (dataUpdatedAt !== 0 && Date.now() - dataUpdatedAt > FRESH_MS)
      void client.resetQueries({ queryKey: key });
  }, [client, dataUpdatedAt, key]);

  return {
    shown,
    loaded: all.length,
    hasMore: hasNextPage,
    isLoading: data === undefined && error === null,
    isLoadingMore: isFetchingNextPage,
    error,
    loadMore,
    retry: () => {
      void (data === undefined ? refetch() : fetchNextPage());
    },
    refresh,
    change,
  };
}

/** Puts what is new before the first page. Where nothing is known of the newest, too much was made since: it starts anew. */
function joinNewest(before: Pages, newest: PicturePage): Pages {
  const known = new Set(before.pages.flatMap((page) => page.data.map(({ id }) => id)));
  const fresh = newest.data.filter(({ id }) => !known.has(id));
  const [first] = before.pages;
  if (fresh.length === 0 || first === undefined) return before;
  if (fresh.length === newest.data.length && newest.has_more) {
    return { pages: [newest], pageParams: [undefined] };
  }
  return { ...before, pages: [{ ...first, data: [...fresh, ...first.data] }, ...before.pages.slice(1)] };
}

function changePages(
  before: Pages,
  ids: ReadonlySet<string>,
  to: (picture: ListedPicture) => ListedPicture | undefined,
): Pages {
  return {
    ...before,
    pages: before.pages.map((page) =>
      page.data.some(({ id }) => ids.has(id))
        ? {
            ...page,
            data: page.data.flatMap((picture) => (ids.has(picture.id) ? (to(picture) ?? []) : [picture])),
          }
        : page,
    ),
  };
}
