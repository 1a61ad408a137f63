import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { ImageWish } from '../../api/images.js';
import { recipeOf } from '../../api/pictures.js';
import { useRouter } from '../../app/router.js';
import { useApi, useCurrentKey } from '../../app/session.js';

/**
 * Takes up the request of the picture that the address names, once, and takes it out of the address: `?vary=img_…` without its seed,
 * `?use=img_…` with it.
 * @param onVary called with the request
 * @returns why it could not be read
 */
export function useVaried(onVary: (wish: ImageWish) => void): Error | null {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const { path, query, go } = useRouter();
  const used = query.get('use');
  const imageId = used ?? query.get('vary');
  const recipe = useQuery({
    queryKey: [keyId, 'recipe', imageId],
    queryFn: ({ signal }) => api(recipeOf(imageId ?? '', signal)),
    enabled: imageId !== null,
    staleTime: Infinity,
  });
  const request = imageId === null ? undefined : recipe.data?.request;
  useEffect(() => {
    if (request === undefined) return;
    go(path, true);
    onVary(used === null ? { ...request, seed: undefined } : request);
  }, [request, used, go, path, onVary]);
  return imageId === null ? null : recipe.error;
}
