import type { StoredInput } from './edit-draft.js';
import { EditFailure } from './edit-failure.js';
import { CloseIcon } from '../../parts/icons.js';
import { Pixels } from '../../parts/pixels.js';
import { FilePicker } from './source-picker.js';
import { usePixels } from '../../parts/use-pixels.js';
import { useTakePicture } from './use-take-picture.js';

interface FurtherInputsProps {
  readonly further: readonly StoredInput[];
  /** How many the model takes besides the picture itself. */
  readonly most: number;
  readonly onChange: (further: StoredInput[]) => void;
}

/** Pictures that the instruction may speak of: a style, a person, a thing to be put in. */
export function FurtherInputs({ further, most, onChange }: FurtherInputsProps) {
  const take = useTakePicture((input) => {
    if (input.kind !== 'bytes') onChange([...further, input]);
  });
  if (most < 1 && further.length === 0) return null;
  const unstored = take.data?.kind === 'bytes';
  return (
    <section aria-label="Further pictures">
      <h2 className="text-sm font-medium">Further pictures</h2>
      <p className="mt-0.5 mb-2 text-xs text-soft">
        {most < 1
          ? 'This model takes none.'
          : `Up to ${most} that the instruction may speak of: “in the style of picture 2”.`}
      </p>
      <ul className="flex flex-wrap items-center gap-2">
        {further.map((input, index) => (
          <li key={input.id} className="relative">
            <Thumbnail input={input} label={`Picture ${index + 2}`} />
            <button
              type="button"
              aria-label={`Leave picture ${index + 2} out`}
              onClick={() => {
                onChange(further.filter((one) => one !== input));
              }}
              className="absolute -top-1.5 -right-1.5 grid size-6 place-items-center rounded-full border border-line bg-sheet text-soft hover:text-ink"
            >
              <CloseIcon className="size-3" />
            </button>
          </li>
        ))}
        {further.length < most && (
          <li>
            <FilePicker label="Add a picture" busy={take.isPending} onPick={take.mutate} />
          </li>
        )}
      </ul>
      {take.isError && (
        <div className="mt-2">
          <EditFailure title="The picture was not taken" error={take.error} />
        </div>
      )}
      {unstored && (
        <p role="alert" className="mt-2 text-sm text-bad">
          Further pictures have to be stored, which your key may not do or has no room for.
        </p>
      )}
    </section>
  );
}

function Thumbnail({ input, label }: { readonly input: StoredInput; readonly label: string }) {
  const { data, isError } = usePixels(input);
  return (
    <span className="grid size-16 place-items-center overflow-hidden rounded-md border border-line bg-well text-xs text-soft">
      {data !== undefined && <Pixels bitmap={data} label={label} className="size-full object-cover" />}
      {isError && 'gone'}
    </span>
  );
}
