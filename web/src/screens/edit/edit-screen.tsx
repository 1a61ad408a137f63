import { useEffect, useState, type DragEvent } from 'react';
import type { EditInput } from '../../api/edits.js';
import type { Model } from '../../api/models.js';
import { useRouter } from '../../app/router.js';
import { Spinner } from '../../parts/spinner.js';
import { addressOf, inputOfQuery, useEditDraft, type EditDraft } from './edit-draft.js';
import { EditFailure } from './edit-failure.js';
import { Editor } from './editor.js';
import { SourcePicker } from './source-picker.js';
import { WithModels } from '../../parts/with-models.js';
import { usePixels } from '../../parts/use-pixels.js';
import { useTakePicture } from './use-take-picture.js';

/** Take a picture, mark what is to change, say how, compare, go on. */
export function EditScreen() {
  return (
    <WithModels>
      {(models) => <Desk models={models.filter(({ capabilities }) => capabilities.imageEdit)} />}
    </WithModels>
  );
}

/** The picture in the address, or the one that was worked on last. */
function Desk({ models }: { readonly models: readonly Model[] }) {
  const { query, go } = useRouter();
  const [draft, change] = useEditDraft();
  const [bytes, setBytes] = useState<EditInput>();
  const [over, setOver] = useState(false);
  const asked = inputOfQuery(query);
  const stored = asked ?? (query.has('new') ? undefined : draft.source);
  const source = bytes ?? stored;
  const take = useTakePicture((input) => {
    if (input.kind === 'bytes') setBytes(input);
    else {
      setBytes(undefined);
      go(addressOf(input));
    }
  });

  const { mutate: takePicture } = take;
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const [picture] = event.clipboardData?.files ?? [];
      if (picture === undefined) return;
      event.preventDefault();
      takePicture(picture);
    };
    window.addEventListener('paste', onPaste);
    return () => {
      window.removeEventListener('paste', onPaste);
    };
  }, [takePicture]);
  const holdsFile = (event: DragEvent) => event.dataTransfer.types.includes('Files');

  return (
    <div
      className={`flex flex-1 flex-col lg:min-h-0 ${over ? 'bg-seal-wash' : ''}`}
      onDragOver={(event) => {
        if (!holdsFile(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => {
        setOver(false);
      }}
      onDrop={(event) => {
        if (!holdsFile(event)) return;
        event.preventDefault();
        setOver(false);
        const [picture] = event.dataTransfer.files;
        if (picture !== undefined) takePicture(picture);
      }}
    >
      <h1 className="sr-only">Edit</h1>
      {take.isError && (
        <div className="p-4 sm:px-6">
          <EditFailure title="The picture was not taken" error={take.error} />
        </div>
      )}
      {source === undefined ? (
        <SourcePicker busy={take.isPending} onPick={takePicture} />
      ) : (
        <SourceDesk
          key={source.kind === 'bytes' ? 'bytes' : source.id}
          source={source}
          models={models}
          draft={ownDraft(draft, source)}
          change={(changed) => {
            change({
              ...ownDraft(draft, source),
              source: source.kind === 'bytes' ? undefined : source,
              ...changed,
            });
          }}
          taking={take.isPending}
          onTake={takePicture}
          onGo={(next) => {
            setBytes(undefined);
            go(next === undefined ? '/edit?new' : addressOf(next));
          }}
        />
      )}
    </div>
  );
}

/** A mask belongs to its picture: with another one only the words stay. */
function ownDraft(draft: EditDraft, source: EditInput): EditDraft {
  const same = source.kind !== 'bytes' && draft.source?.kind === source.kind && draft.source.id === source.id;
  const bytes = source.kind === 'bytes' && draft.source === undefined;
  return same || bytes ? draft : { ...draft, steps: [], undone: [], generation: undefined, further: [] };
}

interface SourceDeskProps {
  readonly source: EditInput;
  readonly models: readonly Model[];
  readonly draft: EditDraft;
  readonly change: (changed: Partial<EditDraft>) => void;
  readonly taking: boolean;
  readonly onTake: (picture: File) => void;
  /** To another picture; undefined: choose one. */
  readonly onGo: (input: EditDraft['source']) => void;
}

function SourceDesk(props: SourceDeskProps) {
  const pixels = usePixels(props.source);
  if (pixels.isError) {
    return (
      <>
        <div className="mx-auto w-full max-w-3xl px-4 pt-8 sm:px-6">
          <EditFailure title="This picture can not be edited" error={pixels.error} />
        </div>
        <SourcePicker busy={props.taking} onPick={props.onTake} />
      </>
    );
  }
  if (pixels.data === undefined) {
    return (
      <div className="p-8">
        <Spinner label="Loading the picture" />
      </div>
    );
  }
  return <Editor {...props} bitmap={pixels.data} />;
}
