import type { Model } from '../../api/models.js';
import { useCurrentKey } from '../../app/session.js';
import { ModelPicker } from '../../parts/model-picker.js';
import { SettingsPanel } from '../../parts/settings-panel.js';
import { SizeChips } from '../../parts/size-chips.js';
import { offerOfDraft, type Chosen, type CompareDraft } from './compare-draft.js';
import { sizesOf } from './shared-offer.js';

interface SamePanelProps {
  readonly chosen: Chosen;
  readonly able: readonly Model[];
  readonly change: (change: Partial<CompareDraft>) => void;
}

/** What is the same for all pictures: everything that is not varied. */
export function SamePanel({ chosen, able, change }: SamePanelProps) {
  const { kind } = useCurrentKey();
  const { draft, models } = chosen;
  const [first] = models;
  if (first === undefined) return null;
  return (
    <>
      <h2 className="-mb-3 font-serif text-lg">The same for all</h2>
      {!draft.axes.includes('model') && (
        <ModelPicker
          models={able}
          model={first}
          lacksOf={(model) =>
            draft.axes.includes('seed') && model.allowedParams.seed === undefined ? ['has no seed'] : []
          }
          kind={kind}
          onChange={(slug) => {
            change({ model: slug });
          }}
        />
      )}
      {!draft.axes.includes('size') && (
        <SizeChips
          name={models.length === 1 ? first.name : 'Not every model here'}
          sizes={sizesOf(models)}
          size={draft.size}
          onChange={(size) => {
            change({ size });
          }}
        />
      )}
      <SettingsPanel
        offer={offerOfDraft(chosen)}
        settings={draft.settings}
        onChange={(settings) => {
          change({ settings });
        }}
      />
    </>
  );
}
