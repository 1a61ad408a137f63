import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { modelList, type Model } from '../api/models.js';
import { useApi, useCurrentKey } from '../app/session.js';
import { Notice } from './notice.js';
import { Spinner } from './spinner.js';

/** What can be shown once the models are known. */
export function WithModels({ children }: { readonly children: (models: readonly Model[]) => ReactNode }) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const models = useQuery({
    queryKey: [keyId, 'models'],
    queryFn: ({ signal }) => api(modelList(signal)),
    staleTime: 60_000,
  });
  if (models.data !== undefined) return children(models.data.data);
  if (models.isError) {
    return (
      <div className="m-auto max-w-lg p-6">
        <Notice kind="bad" title="The models can not be read">
          <p>{models.error.message}</p>
        </Notice>
      </div>
    );
  }
  return (
    <div className="p-8">
      <Spinner label="Reading the models" />
    </div>
  );
}
