import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiFailure } from '../../api/client.js';
import { uploadOf, type EditInput } from '../../api/edits.js';
import { useApi, useCurrentKey } from '../../app/session.js';

/** What is worked on stays for a month; what has to stay longer is kept. */
const LIFE_SECONDS = 30 * 24 * 3600;
/** Refusals to store that say nothing against the picture: it can travel with each edit. */
const UNSTORED: ReadonlySet<string> = new Set(['permission_denied', 'storage_quota_exceeded']);

/** Takes a picture from somebody's machine: stored, or else as bytes that go along with the request. */
export function useTakePicture(onTaken: (input: EditInput) => void) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (picture: File): Promise<EditInput> => {
      try {
        return { kind: 'file', id: (await api(uploadOf(picture, LIFE_SECONDS))).id };
      } catch (error) {
        if (error instanceof ApiFailure && UNSTORED.has(error.facts.code))
          return { kind: 'bytes', blob: picture };
        throw error;
      }
    },
    onSuccess: (input) => {
      if (input.kind === 'file') void client.invalidateQueries({ queryKey: [keyId, 'files'] });
      onTaken(input);
    },
  });
}
