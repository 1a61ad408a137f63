import { useMutation } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { ApiFailure } from '../../api/client.js';
import type { ImageWish } from '../../api/images.js';
import type { Model } from '../../api/models.js';
import { useCurrentKey } from '../../app/session.js';
import { Notice } from '../../parts/notice.js';
import { SettingsPanel } from '../../parts/settings-panel.js';
import { SizeChips } from '../../parts/size-chips.js';
import { WithModels } from '../../parts/with-models.js';
import { applyEdits } from './apply-edits.js';
import { fromWish, promptOfDraft, saysSomething, toWish, type Draft } from './draft.js';
import { EmptyStage } from './empty-stage.js';
import { FailureNotice } from '../../parts/failure-notice.js';
import { LintFindings } from '../../parts/lint-findings.js';
import { isRunning, useGeneration } from '../../parts/live.js';
import { lacksOf } from './model-fit.js';
import { ModelPicker } from '../../parts/model-picker.js';
import { PlanNotes } from '../../parts/plan-notes.js';
import { PriceBar } from '../../parts/price-bar.js';
import { PromptPanel } from './prompt-panel.js';
import { Stage } from './stage.js';
import { Strip, type Selection } from './strip.js';
import { Counter } from './counter.js';
import { useDraft } from './use-draft.js';
import { usePlan } from './use-plan.js';
import { useStrip } from './use-strip.js';
import { useVaried } from './use-varied.js';

/** Describe, choose, see the price, create, keep. */
export function CreateScreen() {
  return <WithModels>{(models) => <Studio models={models} />}</WithModels>;
}

function Studio({ models }: { readonly models: readonly Model[] }) {
  const key = useCurrentKey();
  const [draft, change] = useDraft();
  const [replaced, setReplaced] = useState<Draft>();
  const [selected, setSelected] = useState<Selection>();
  const stage = useRef<HTMLElement>(null);
  const strip = useStrip();
  const model = chooseModel(models, draft.model);
  const wish = useMemo(() => (model === undefined ? undefined : toWish(draft, model)), [draft, model]);
  const said = useMemo(() => promptOfDraft(draft), [draft]);
  const begin = useMutation({ mutationFn: strip.begin });
  const ready = saysSomething(draft) && model?.available === true;
  const plan = usePlan(wish, ready);
  const count = draft.n;

  const vary = useCallback(
    (varied: ImageWish) => {
      setReplaced(draft);
      change(fromWish(varied, draft));
    },
    [draft, change],
  );
  const unreadable = useVaried(vary);

  const create = (asked: ImageWish) => {
    setReplaced(undefined);
    setSelected(undefined);
    begin.mutate(asked);
    // On phones the pictures are below the form.
    stage.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || wish === undefined) return;
    event.preventDefault();
    if (ready && !begin.isPending) create(wish);
  };

  const shown = strip.entries.find((entry) => entry.once === selected?.once) ?? strip.entries[0];
  const failure = begin.error;
  if (model === undefined || wish === undefined) return <p className="p-8">There are no models.</p>;
  return (
    <div className="grid flex-1 lg:min-h-0 lg:grid-cols-[minmax(22rem,27rem)_1fr] lg:grid-rows-[minmax(0,1fr)]">
      <form
        aria-label="Create pictures"
        onKeyDown={onKeyDown}
        onSubmit={(event) => {
          event.preventDefault();
        }}
        className="relative flex flex-col gap-6 border-line px-4 pt-6 sm:px-6 lg:overflow-y-auto lg:border-r"
      >
        <h1 className="sr-only">Create</h1>
        <Announcement id={shown?.id} />
        {unreadable !== null && (
          <Notice kind="bad" title="The request of that picture can not be read">
            <p>{unreadable.message}</p>
          </Notice>
        )}
        {replaced !== undefined && (
          <p role="status" className="-mb-3 text-sm text-soft">
            The request of the picture is here now: change what you like.{' '}
            <button
              type="button"
              className="rounded-sm text-seal underline underline-offset-4"
              onClick={() => {
                change(replaced);
                setReplaced(undefined);
              }}
            >
              Bring back what was here
            </button>
          </p>
        )}
        <PromptPanel draft={draft} change={change} model={model.id} />
        <LintFindings
          wish={said}
          ready={saysSomething(draft)}
          model={model.id}
          onApply={(edits) => {
            change(applyEdits(draft, edits));
          }}
        />
        <ModelPicker
          models={models.filter(({ capabilities }) => capabilities.imageGenerate)}
          model={model}
          lacksOf={(one) => lacksOf(one, draft)}
          kind={key.kind}
          onChange={(slug) => {
            change({ model: slug });
          }}
        />
        <SizeChips
          name={model.name}
          sizes={model.allowedParams.sizes}
          size={draft.size}
          onChange={(size) => {
            change({ size });
          }}
        />
        <SettingsPanel
          offer={model.allowedParams}
          settings={draft.settings}
          onChange={(settings) => {
            change({ settings });
          }}
        />
        <PlanNotes plan={ready ? plan.data : undefined} />
        <div className="flex-1" />
        <PriceBar
          quote={plan.data?.quote.credits}
          fresh={plan.fresh}
          ready={ready}
          busy={begin.isPending}
          label={count === 1 ? 'Create picture' : `Create ${count} pictures`}
          onGo={() => {
            create(wish);
          }}
          notice={
            plan.isError &&
            ready && (
              <p role="alert" className="mb-2 text-sm text-bad">
                {plan.error.message}
              </p>
            )
          }
        >
          <Counter
            n={count}
            onCount={(n) => {
              change({ n });
            }}
          />
        </PriceBar>
      </form>
      <section ref={stage} aria-label="Pictures" className="flex min-w-0 flex-col lg:min-h-0">
        {failure !== null && (
          <div className="p-4 sm:p-6">
            <FailureNotice
              message={failure.message}
              code={failure instanceof ApiFailure ? failure.facts.code : ''}
              onRetry={() => {
                create(wish);
              }}
            />
          </div>
        )}
        {shown === undefined ? (
          <EmptyStage
            onExample={(text) => {
              change({ mode: 'text', text });
            }}
          />
        ) : (
          <>
            <div className="flex min-h-0 flex-1 flex-col lg:overflow-y-auto">
              <Stage
                key={`${shown.once} ${selected?.index ?? 0}`}
                entry={shown}
                index={shown.once === selected?.once ? selected.index : 0}
                onVary={vary}
                onRetry={create}
                onMade={(generation, made, note) => {
                  strip.add(generation, made, note);
                  setSelected(undefined);
                }}
                onForget={() => {
                  strip.remove(shown.once);
                }}
              />
            </div>
            <Strip
              entries={strip.entries}
              selected={{ once: shown.once, index: shown.once === selected?.once ? selected.index : 0 }}
              onSelect={setSelected}
            />
          </>
        )}
      </section>
    </div>
  );
}

/** Says to those who don't see it that pictures are there; what fails is told where it is shown. */
function Announcement({ id }: { readonly id: string | undefined }) {
  const { data: generation } = useGeneration(id);
  const count = generation === undefined || isRunning(generation) ? 0 : generation.data.length;
  return (
    <p role="status" className="sr-only">
      {count > 0 && (count === 1 ? 'The picture is there.' : `${count} pictures are there.`)}
    </p>
  );
}

/** What was chosen while it is there; else the first that can be used. */
function chooseModel(models: readonly Model[], slug: string): Model | undefined {
  const able = models.filter((model) => model.capabilities.imageGenerate);
  return able.find((model) => model.id === slug) ?? able.find((model) => model.available) ?? able[0];
}
