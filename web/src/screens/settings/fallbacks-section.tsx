import { useQuery, useQueryClient } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { fallbackList, removeFallback, type FallbackChain } from '../../api/fallbacks.js';
import { modelList } from '../../api/models.js';
import { useApi, useCurrentKey, useMay } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { useTyped } from '../../parts/use-typed.js';
import { ChainEditor } from './chain-editor.js';
import { ConfirmButton } from './confirm-button.js';
import { READ_ONLY } from './facts.js';
import { Loaded, Section } from './section.js';

const draftSchema = z.nullable(
  z.object({
    model: z.string(),
    models: z.array(z.string()),
    on_moderated: z.enum(['stop', 'continue']),
    on_unknown_outcome: z.enum(['stop', 'continue']),
  }),
);
const NEW_CHAIN: FallbackChain = {
  model: '',
  models: [],
  on_moderated: 'stop',
  on_unknown_outcome: 'continue',
};

/** Where requests go on when a model fails. */
export function FallbacksSection() {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const may = useMay();
  const changes = may('change_settings');
  const [draft, setDraft, forget] = useTyped('fallback', draftSchema, null);
  const chains = useQuery({
    queryKey: [keyId, 'fallbacks'],
    queryFn: ({ signal }) => api(fallbackList(signal)),
  });
  const models = useQuery({
    queryKey: [keyId, 'models'],
    queryFn: ({ signal }) => api(modelList(signal)),
    staleTime: 60_000,
  });
  const choices = models.data?.data ?? [];
  const nameOf = (slug: string) => choices.find(({ id }) => id === slug)?.name ?? slug;
  const editor = (known: readonly string[]) =>
    draft !== null && (
      <ChainEditor
        draft={draft}
        models={choices.filter(({ id }) => id === draft.model || !known.includes(id))}
        choices={choices}
        nameOf={nameOf}
        isNew={!known.includes(draft.model)}
        onChange={setDraft}
        onDone={forget}
      />
    );
  return (
    <Section
      title="Fallbacks"
      about={
        <>
          When a model fails, its pictures are asked of the next one in its chain that can make them. You pay
          for the model that delivers. {!changes && READ_ONLY}
        </>
      }
    >
      <Loaded query={chains} what="the fallbacks">
        {({ data }) => {
          const known = data.map(({ model }) => model);
          return (
            <>
              {changes && draft === null && (
                <Button
                  look="main"
                  className="self-start"
                  onClick={() => {
                    setDraft({ ...NEW_CHAIN, models: [] });
                  }}
                >
                  Make a chain
                </Button>
              )}
              {draft !== null && !known.includes(draft.model) && changes && editor(known)}
              {data.length === 0 && draft === null && (
                <p className="text-soft">There are none: a request whose model fails ends there.</p>
              )}
              <ul className="flex flex-col gap-3">
                {data.map((chain) =>
                  changes && draft?.model === chain.model ? (
                    <li key={chain.model}>{editor(known)}</li>
                  ) : (
                    <li key={chain.model} className="rounded-lg border border-line bg-sheet px-5 py-4">
                      <div className="flex flex-wrap items-start gap-2">
                        <h3 className="min-w-0 flex-1 font-medium break-words">{nameOf(chain.model)}</h3>
                        {changes && (
                          <div className="flex gap-1">
                            <Button
                              look="quiet"
                              aria-label={`Change the chain of ${nameOf(chain.model)}`}
                              onClick={() => {
                                setDraft({ ...chain, models: [...chain.models] });
                              }}
                            >
                              Change
                            </Button>
                            <ConfirmButton
                              label="Remove…"
                              spoken={`Remove the chain of ${nameOf(chain.model)}`}
                              title={`Remove the chain of ${nameOf(chain.model)}?`}
                              action="Remove it"
                              run={async () => {
                                await api(removeFallback(chain.model));
                                await client.invalidateQueries({ queryKey: [keyId, 'fallbacks'] });
                              }}
                            >
                              <p>Requests whose model fails end there from now on.</p>
                            </ConfirmButton>
                          </div>
                        )}
                      </div>
                      <ol className="mt-2 ml-5 list-decimal">
                        {chain.models.map((slug) => (
                          <li key={slug}>{nameOf(slug)}</li>
                        ))}
                      </ol>
                      <p className="mt-2 text-sm text-soft">
                        When a provider refuses the content, the request{' '}
                        {chain.on_moderated === 'stop' ? 'ends' : 'goes on'}. When a call is never answered,
                        it {chain.on_unknown_outcome === 'stop' ? 'ends' : 'goes on'}.
                      </p>
                    </li>
                  ),
                )}
              </ul>
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}
