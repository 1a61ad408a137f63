import { useMutation, useQueryClient } from '@tanstack/react-query';
import { cancelOf, type Generation } from '../../api/images.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Spinner } from '../../parts/spinner.js';
import { FailureNotice } from '../../parts/failure-notice.js';
import { isRunning, useGeneration, useLive, useWatching } from '../../parts/live.js';
import { ResultPanel } from '../../parts/result-panel.js';
import { PictureSlider } from '../../parts/picture-slider.js';
import type { Size } from './mask-steps.js';

interface EditResultProps {
  readonly id: string;
  readonly before: ImageBitmap;
  readonly onAccept: (imageId: string) => void;
  readonly onRetry: () => void;
}

/** An edit on its way, before and after, or why there is no picture. */
export function EditResult({ id, before, onAccept, onRetry }: EditResultProps) {
  const { data: generation, error } = useGeneration(id);
  useWatching(generation);
  if (error !== null) {
    return (
      <div className="m-auto max-w-lg p-6">
        <FailureNotice title="The edit can not be shown" message={error.message} code="" />
      </div>
    );
  }
  if (generation === undefined || isRunning(generation)) return <Progress id={id} size={before} />;
  const [picture] = generation.data;
  if (picture === undefined) return <NoPicture generation={generation} onRetry={onRetry} />;
  return (
    <div className="flex flex-1 flex-col lg:min-h-0 lg:overflow-y-auto">
      <div className="flex flex-1 flex-col p-4 sm:p-6 lg:min-h-72">
        {/* As high as the screen leaves, so that what can be done stands in sight. */}
        <div className="flex flex-1 flex-col justify-center lg:[container-type:size] lg:[--stage:100cqh]">
          {picture.url === undefined ? (
            <p className="text-center text-soft">The picture was not kept, and its time is over.</p>
          ) : (
            <PictureSlider
              label="How much of the picture before is shown"
              names={{ left: 'Before', right: 'After' }}
              left={before}
              right={{
                url: picture.url,
                width: picture.width,
                height: picture.height,
                alt: `After: ${generation.receipt?.prompt ?? 'the edit'}`,
              }}
            />
          )}
        </div>
      </div>
      <div className="mx-auto w-full max-w-3xl px-4 sm:px-6">
        <ResultPanel
          generation={generation}
          picture={picture}
          lead={
            <Button
              look="main"
              className="mr-2"
              aria-disabled={picture.url === undefined}
              onClick={() => {
                if (picture.url !== undefined) onAccept(picture.id);
              }}
            >
              Go on from this
            </Button>
          }
        />
      </div>
    </div>
  );
}

function Progress({ id, size }: { readonly id: string; readonly size: Size }) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const live = useLive(id);
  const cancel = useMutation({
    mutationFn: () => api(cancelOf(id)),
    onSuccess: (generation) => {
      client.setQueryData([keyId, 'generation', id], generation);
    },
  });
  const partial = live.partials[1];
  const fraction = live.fractions[1];
  const ratio = size.width / size.height;
  return (
    <div className="flex min-h-72 flex-1 flex-col items-center justify-center gap-5 p-4 sm:p-6">
      <div
        style={{ aspectRatio: ratio, width: `min(100%, ${50 * ratio}dvh)` }}
        className="overflow-hidden rounded-sm border border-line bg-sheet shadow-raised"
      >
        {partial === undefined ? (
          <div className="size-full animate-pulse bg-well motion-reduce:animate-none" />
        ) : (
          <img src={partial} alt="Partial picture" className="size-full object-cover" />
        )}
      </div>
      {fraction !== undefined && (
        <progress value={fraction} max={1} className="w-48" aria-label="Progress of this picture" />
      )}
      <Spinner
        label={
          live.position === undefined ? 'Changing the picture' : `In the queue, at place ${live.position}`
        }
      />
      <Button
        look="quiet"
        disabled={cancel.isPending}
        onClick={() => {
          cancel.mutate();
        }}
      >
        Stop
      </Button>
      {cancel.isError && <p role="alert">{cancel.error.message}</p>}
    </div>
  );
}

function NoPicture({
  generation,
  onRetry,
}: {
  readonly generation: Generation;
  readonly onRetry: () => void;
}) {
  const failure = generation.error ?? generation.errors[0];
  const cancelled = generation.status === 'cancelled';
  return (
    <div className="m-auto w-full max-w-lg p-6">
      <FailureNotice
        title={cancelled ? 'Stopped' : 'The picture was not changed'}
        message={
          cancelled
            ? 'It was stopped before a picture was there.'
            : (failure?.message ?? 'It failed without a reason.')
        }
        code={failure?.code ?? ''}
        charged={generation.credits_used}
        onRetry={onRetry}
      />
    </div>
  );
}
