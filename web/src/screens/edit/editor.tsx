import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { ApiFailure } from '../../api/client.js';
import { beginEdit, type EditInput, type EditWish } from '../../api/edits.js';
import type { Model } from '../../api/models.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Segmented } from '../../parts/segmented.js';
import { AvoidChips } from '../../parts/avoid-chips.js';
import { useGeneration } from '../../parts/live.js';
import { ModelPicker } from '../../parts/model-picker.js';
import { PlanNotes } from '../../parts/plan-notes.js';
import { PriceBar } from '../../parts/price-bar.js';
import { randomName } from '../../parts/random-name.js';
import { TextHints } from '../../parts/text-hints.js';
import type { EditDraft } from './edit-draft.js';
import { EditFailure } from './edit-failure.js';
import { EditResult } from './edit-result.js';
import { FurtherInputs } from './further-inputs.js';
import { HistoryTree } from './history-tree.js';
import { MaskEditor } from './mask-editor.js';
import { exportMask, isMarked } from './mask-steps.js';
import { useEditPlan, type Asked } from './use-edit-plan.js';

interface EditorProps {
  readonly source: EditInput;
  readonly bitmap: ImageBitmap;
  readonly models: readonly Model[];
  readonly draft: EditDraft;
  readonly change: (changed: Partial<EditDraft>) => void;
  readonly onGo: (input: EditDraft['source']) => void;
}

/** The words on one side, the picture with its mask or its result on the other. */
export function Editor({ source, bitmap, models, draft, change, onGo }: EditorProps) {
  const key = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const id = useId();
  const stage = useRef<HTMLElement>(null);
  const [view, setView] = useState<'mark' | 'result'>(draft.generation === undefined ? 'mark' : 'result');
  const inputs = useMemo<readonly EditInput[]>(() => [source, ...draft.further], [source, draft.further]);
  const lacksOf = (model: Model) => lacksOfEdit(model, draft, inputs.length);
  const model = chooseModel(models, draft.model, lacksOf);
  const made = useGeneration(draft.generation).data?.data[0]?.id;
  const prompt = draft.text.trim();

  const run = useMutation({
    mutationFn: async ({ asked, once }: { readonly asked: Asked; readonly once: string }) => {
      const mask = await exportMask(asked.steps, asked.size);
      return api(beginEdit({ wish: asked.wish, inputs: asked.inputs, mask }, once));
    },
    onSuccess: (generation) => {
      client.setQueryData([key.id, 'generation', generation.id], generation);
      change({ generation: generation.id });
      setView('result');
      stage.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
    },
  });

  const wish: EditWish = {
    model: model?.id ?? '',
    prompt,
    ...(draft.avoid.length === 0 ? {} : { negative_prompt: draft.avoid.join(', ') }),
    ...(model?.capabilities.streaming === true ? { partial_images: 2 } : {}),
  };
  const asked: Asked = { wish, inputs, steps: draft.steps, size: bitmap };
  const ready = prompt !== '' && model?.available === true;
  const plan = useEditPlan(asked, ready);
  if (model === undefined) return <p className="p-8">There is no model that changes pictures.</p>;
  const edit = () => {
    run.mutate({ asked, once: randomName() });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (ready && !run.isPending) edit();
  };

  return (
    <div
      onKeyDown={onKeyDown}
      className="grid flex-1 lg:min-h-0 lg:grid-cols-[minmax(20rem,25rem)_1fr] lg:grid-rows-[minmax(0,1fr)]"
    >
      <form
        aria-label="Change the picture"
        onSubmit={(event) => {
          event.preventDefault();
        }}
        className="relative order-2 flex flex-col gap-6 border-line px-4 pt-6 sm:px-6 lg:order-1 lg:overflow-y-auto lg:border-r"
      >
        <section aria-labelledby={id}>
          <div className="mb-2 flex items-center justify-between gap-3">
            <h2 id={id} className="font-serif text-xl">
              What is to change?
            </h2>
            <Button
              look="quiet"
              className="-mr-2.5"
              onClick={() => {
                onGo(undefined);
              }}
            >
              Another picture
            </Button>
          </div>
          <div className="rounded-lg border border-edge/60 bg-sheet has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-seal">
            <textarea
              aria-label="Instruction"
              value={draft.text}
              rows={3}
              placeholder="Make it winter, with snow on the trees"
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
          <p className="mt-1.5 text-xs text-soft">
            {isMarked(draft.steps)
              ? 'Only what is marked changes. Everything else stays as it is, to the pixel.'
              : 'Nothing is marked: the whole picture may change. Paint over a part to confine it.'}
          </p>
        </section>
        {source.kind === 'bytes' && (
          <p role="status" className="rounded-md bg-warn-wash px-4 py-3 text-sm">
            This picture can not be stored with your key. It travels along with each edit, and a reload
            forgets it.
          </p>
        )}
        <TextHints draft={draft} change={change} model={model.id} without={ABOUT_WHOLE_PICTURES} />
        <ModelPicker
          models={models}
          model={model}
          lacksOf={lacksOf}
          kind={key.kind}
          onChange={(slug) => {
            change({ model: slug });
          }}
        />
        <FurtherInputs
          further={draft.further}
          most={model.capabilities.maxInputImages - 1}
          onChange={(further) => {
            change({ further });
          }}
        />
        <PlanNotes plan={ready ? plan.data : undefined} />
        <div className="flex-1" />
        <PriceBar
          quote={plan.data?.quote.credits}
          fresh={plan.fresh}
          ready={ready}
          busy={run.isPending}
          label={isMarked(draft.steps) ? 'Change what is marked' : 'Change the picture'}
          onGo={edit}
          notice={
            plan.isError &&
            ready && (
              <div className="mb-2">
                <EditFailure title="This can not be done so" error={plan.error} />
              </div>
            )
          }
        />
      </form>
      <section
        ref={stage}
        aria-label="Picture"
        className="order-1 flex min-w-0 flex-col lg:order-2 lg:min-h-0"
      >
        {run.isError && (
          <div className="p-4 sm:px-6">
            <EditFailure
              error={run.error}
              onRetry={() => {
                // Whether a request without an answer arrived is not known: under its own name it runs once.
                const lost = run.error instanceof ApiFailure && run.error.facts.status === 0;
                if (lost) run.mutate(run.variables);
                else edit();
              }}
            />
          </div>
        )}
        {draft.generation !== undefined && (
          <div className="flex justify-center border-b border-line px-4 py-2">
            <Segmented
              label="What is shown"
              value={view}
              options={[
                { value: 'mark', label: 'Mark' },
                { value: 'result', label: 'Result' },
              ]}
              onChange={setView}
            />
          </div>
        )}
        {view === 'result' && draft.generation !== undefined ? (
          <EditResult
            id={draft.generation}
            before={bitmap}
            onAccept={(imageId) => {
              onGo({ kind: 'image', id: imageId });
            }}
            onRetry={edit}
          />
        ) : (
          <MaskEditor
            bitmap={bitmap}
            steps={draft.steps}
            undone={draft.undone}
            onChange={(steps, undone) => {
              change({ steps, undone });
            }}
          />
        )}
        {source.kind !== 'bytes' && <HistoryTree input={source} made={made} />}
      </section>
    </div>
  );
}

/** Hints that a whole picture needs, and an edit has from its source. */
const ABOUT_WHOLE_PICTURES: ReadonlySet<string> = new Set([
  'unanchored-style',
  'subject-not-first',
  'several-subjects',
  'filler-opening',
]);

/** What of an edit a model can't do by itself. */
function lacksOfEdit(model: Model, draft: EditDraft, count: number): readonly string[] {
  const { maxInputImages, maskEdit, negativePrompt } = model.capabilities;
  const lacks: string[] = [];
  if (count > maxInputImages)
    lacks.push(maxInputImages === 1 ? 'takes one picture only' : `takes ${maxInputImages} pictures at most`);
  if (isMarked(draft.steps) && !maskEdit)
    lacks.push('changes the whole picture, of which only the marked part is used');
  if (draft.avoid.length > 0 && !negativePrompt) lacks.push('is told in words what to avoid');
  return lacks;
}

/** What was chosen while it is there; else the first that can be used and does all of it. */
function chooseModel(
  models: readonly Model[],
  slug: string,
  lacksOf: (model: Model) => readonly string[],
): Model | undefined {
  const available = models.filter((model) => model.available);
  return (
    models.find((model) => model.id === slug) ??
    available.find((model) => lacksOf(model).length === 0) ??
    available[0] ??
    models[0]
  );
}
