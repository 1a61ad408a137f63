import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { keepOf } from '../../api/images.js';
import { deleteFileOf, type ListedPicture } from '../../api/pictures.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import type { Pictures } from './use-pictures.js';

/** Calls that run side by side. */
const AT_ONCE = 4;

/** How a change of pictures ended, or how far it is, in words. */
export interface Outcome {
  readonly kind: 'busy' | 'done' | 'bad';
  readonly words: string;
}

export interface PictureChanges {
  readonly outcome: Outcome | undefined;
  readonly forget: () => void;
  /** Whether the role of this key may keep and delete. */
  readonly mayStore: boolean;
  readonly keep: (pictures: readonly ListedPicture[]) => Promise<void>;
  /** Deletes those that are kept, for good. */
  readonly remove: (pictures: readonly ListedPicture[]) => Promise<void>;
}

/** Keeps and deletes pictures, some at a time, and tells how it ended. */
export function usePictureChanges(change: Pictures['change']): PictureChanges {
  const key = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const [outcome, setOutcome] = useState<Outcome>();
  const mayStore = key.role !== 'viewer' && key.role !== 'billing';
  const refused = useCallback((role: string) => {
    setOutcome({ kind: 'bad', words: `A key of the role ${role} can not keep or delete pictures.` });
  }, []);

  const run = useCallback(
    async (
      pictures: readonly ListedPicture[],
      [doing, done, undone]: readonly [string, string, string],
      act: (picture: ListedPicture) => Promise<void>,
    ) => {
      if (pictures.length === 0) return;
      setOutcome({ kind: 'busy', words: `${doing} ${countOf(pictures.length)}…` });
      const failures = await forEachOf(pictures, act);
      const worked = pictures.length - failures.length;
      const [first] = failures;
      setOutcome(
        first === undefined
          ? { kind: 'done', words: `${capital(countOf(worked))} ${done}.` }
          : { kind: 'bad', words: `${capital(countOf(failures.length))} ${undone}. ${first}` },
      );
      void client.invalidateQueries({ queryKey: [key.id, 'files'] });
    },
    [client, key.id],
  );

  const keep = useCallback(
    async (pictures: readonly ListedPicture[]) => {
      if (!mayStore) {
        refused(key.role);
        return;
      }
      const temporary = pictures.filter(({ file_id }) => file_id === undefined);
      if (temporary.length === 0 && pictures.length > 0)
        setOutcome({
          kind: 'done',
          words: pictures.length === 1 ? 'It is kept already.' : 'They are kept already.',
        });
      await run(temporary, ['Keeping', 'kept', 'could not be kept'], async ({ id }) => {
        const file = await api(keepOf(id));
        change(new Set([id]), (picture) => ({ ...picture, file_id: file.id }));
        void client.invalidateQueries({ queryKey: [key.id, 'picture', id] });
      });
    },
    [api, change, client, key.id, key.role, mayStore, refused, run],
  );
  const remove = useCallback(
    async (pictures: readonly ListedPicture[]) => {
      if (!mayStore) {
        refused(key.role);
        return;
      }
      await run(
        pictures.filter(({ file_id }) => file_id !== undefined),
        ['Deleting', 'deleted', 'could not be deleted'],
        async ({ id, file_id: fileId }) => {
          if (fileId === undefined) return;
          await api(deleteFileOf(fileId));
          change(new Set([id]), () => undefined);
        },
      );
    },
    [api, change, key.role, mayStore, refused, run],
  );
  const forget = useCallback(() => {
    setOutcome(undefined);
  }, []);
  return { outcome, forget, mayStore, keep, remove };
}

/** Does something with every picture. @returns why it failed, for those where it did */
async function forEachOf(
  pictures: readonly ListedPicture[],
  act: (picture: ListedPicture) => Promise<void>,
): Promise<readonly string[]> {
  const waiting = [...pictures];
  const failures: string[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await act(next);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : 'It is not known why.');
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}

/** “one picture”, “12 pictures”. */
export function countOf(count: number): string {
  return count === 1 ? 'one picture' : `${count.toLocaleString('en')} pictures`;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
