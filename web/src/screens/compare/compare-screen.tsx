import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, type KeyboardEvent } from 'react';
import { ApiFailure } from '../../api/client.js';
import { beginComparison, type ComparisonWish } from '../../api/comparisons.js';
import type { Model } from '../../api/models.js';
import { useRouter } from '../../app/router.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { AvoidChips } from '../../parts/avoid-chips.js';
import { FailureNotice } from '../../parts/failure-notice.js';
import { PriceBar } from '../../parts/price-bar.js';
import { randomName } from '../../parts/random-name.js';
import { TextHints } from '../../parts/text-hints.js';
import { WithModels } from '../../parts/with-models.js';
import { AxisPanel } from './axis-panel.js';
import { chooseModels, countsOf, draftOfComparison, missingOf, toComparison } from './compare-draft.js';
import { CompareStage } from './compare-stage.js';
import { SamePanel } from './same-panel.js';
import { useCompareDraft } from './use-compare-draft.js';
import { useComparisonPlan } from './use-comparison.js';

/** One prompt, one thing that differs, the price of all, and the pictures side by side. */
export function CompareScreen() {
  return <WithModels>{(models) => <Lab models={models} />}</WithModels>;
}

function Lab({ models: all }: { readonly models: readonly Model[] }) {
  const key = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const { query, go } = useRouter();
  const [draft, change] = useCompareDraft();
  const stage = useRef<HTMLElement>(null);
  const able = useMemo(() => all.filter(({ capabilities }) => capabilities.imageGenerate), [all]);
  const chosen = useMemo(() => chooseModels(draft, able), [draft, able]);
  const wish = useMemo(() => toComparison(chosen), [chosen]);
  const missing = missingOf(chosen);
  const ready = missing === undefined;
  const plan = useComparisonPlan(wish, ready);
  const id = /^cmp_\w{1,100}$/.exec(query.get('id') ?? '')?.[0];

  const begin = useMutation({
    mutationFn: (asked: { readonly wish: ComparisonWish; readonly once: string }) =>
      api(beginComparison(asked.wish, asked.once)),
    onSuccess: (comparison) => {
      client.setQueryData([key.id, 'comparison', comparison.id], comparison);
      for (const name of ['credits', 'comparisons']) {
        void client.invalidateQueries({ queryKey: [key.id, name] });
      }
      go(`/compare?id=${comparison.id}`);
      // On phones the pictures are above the form.
      stage.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
    },
  });
  const compare = () => {
    begin.mutate({ wish, once: randomName() });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (ready && !begin.isPending) compare();
  };
  const count = countsOf(chosen).reduce((product, values) => product * values, 1);
  const [first] = chosen.models;
  return (
    <div className="grid flex-1 lg:min-h-0 lg:grid-cols-[minmax(22rem,27rem)_1fr] lg:grid-rows-[minmax(0,1fr)]">
      <form
        aria-label="Compare pictures"
        onKeyDown={onKeyDown}
        onSubmit={(event) => {
          event.preventDefault();
        }}
        className={`relative flex flex-col gap-6 border-line px-4 pt-6 sm:px-6 lg:order-1 lg:overflow-y-auto lg:border-r ${id === undefined ? '' : 'order-2'}`}
      >
        <h1 className="sr-only">Compare</h1>
        <section aria-labelledby="compared-prompt">
          <h2 id="compared-prompt" className="mb-2 font-serif text-xl">
            What is to be compared?
          </h2>
          <div className="rounded-lg border border-edge/60 bg-sheet has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-seal">
            <textarea
              aria-label="Prompt"
              value={draft.text}
              rows={3}
              placeholder="A fox in a summer meadow, watercolour"
              onChange={(event) => {
                change({ text: event.target.value });
              }}
              className="field-sizing-content block max-h-80 min-h-24 w-full resize-none rounded-t-lg bg-transparent px-4 py-3 text-lg outline-none"
            />
            <AvoidChips
              avoid={draft.avoid}
              onChange={(avoid) => {
                change({ avoid });
              }}
            />
          </div>
        </section>
        <TextHints draft={draft} change={change} model={first?.id ?? ''} />
        <AxisPanel chosen={chosen} able={able} change={change} />
        <SamePanel chosen={chosen} able={able} change={change} />
        <div className="flex-1" />
        <PriceBar
          quote={plan.data?.quote.credits}
          fresh={plan.fresh}
          ready={ready}
          busy={begin.isPending}
          label={
            ready ? `Compare ${plan.data === undefined ? count : plan.data.quote.cells} pictures` : 'Compare'
          }
          onGo={compare}
          notice={
            missing !== undefined && draft.text.trim() !== '' ? (
              <p role="status" className="mb-2 text-sm text-soft">
                {missing}
              </p>
            ) : (
              plan.isError &&
              ready && (
                <p role="alert" className="mb-2 text-sm text-bad">
                  {plan.error.message}
                </p>
              )
            )
          }
        />
      </form>
      <section
        ref={stage}
        aria-label="Comparison"
        className="relative order-1 flex min-w-0 flex-col lg:order-2 lg:min-h-0 lg:overflow-y-auto"
      >
        {begin.isError && (
          <div className="p-4 sm:px-6">
            <FailureNotice
              title="The comparison did not begin"
              message={begin.error.message}
              code={begin.error instanceof ApiFailure ? begin.error.facts.code : ''}
              onRetry={() => {
                // Whether a request without an answer arrived is not known: under its own name it runs once.
                const lost = begin.error instanceof ApiFailure && begin.error.facts.status === 0;
                if (lost) begin.mutate(begin.variables);
                else compare();
              }}
            />
          </div>
        )}
        <CompareStage
          id={id}
          plan={ready ? plan.data : undefined}
          models={able}
          onAgain={(comparison) => {
            change(draftOfComparison(comparison));
            go('/compare');
          }}
        />
      </section>
    </div>
  );
}
