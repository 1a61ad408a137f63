import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { changeWorkspace, workspaceOf, type Workspace, type WorkspaceChange } from '../../api/workspace.js';
import { useApi, useCurrentKey } from '../../app/session.js';

/** The settings of the workspace. */
export function useWorkspace() {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  return useQuery({
    queryKey: [keyId, 'workspace'],
    queryFn: ({ signal }) => api(workspaceOf(signal)),
  });
}

/** Changes settings. What depends on them is read again. @param onSaved what was typed can be forgotten then */
export function useWorkspaceChange(onSaved: () => void) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: WorkspaceChange) => api(changeWorkspace(change)),
    onSuccess: (workspace: Workspace, change) => {
      client.setQueryData([keyId, 'workspace'], workspace);
      onSaved();
      // The header names the workspace; models say whether they may be used.
      if (change.name !== undefined) void client.invalidateQueries({ queryKey: ['session'] });
      for (const what of ['models', 'budgets', 'audit']) {
        void client.invalidateQueries({ queryKey: [keyId, what] });
      }
    },
  });
}
