import { useMutation, useQueryClient } from '@tanstack/react-query';
import { cancelOf, type Generation, type ImageWish } from '../../api/images.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Spinner } from '../../parts/spinner.js';
import { FailureNotice } from '../../parts/failure-notice.js';
import { isRunning, useGeneration, useLive } from '../../parts/live.js';
import { PictureActions } from './picture-actions.js';
import { ResultPanel } from '../../parts/result-panel.js';
import { promptOf } from './strip.js';
import type { StripEntry } from './strip-store.js';

interface StageProps {
  readonly entry: StripEntry;
  /** Which of its pictures, from 0. */
  readonly index: number;
  readonly onVary: (wish: ImageWish) => void;
  readonly onRetry: (wish: ImageWish) => void;
  readonly onMade: (generation: Generation, wish: ImageWish, note: string) => void;
  readonly onForget: () => void;
}

/** One picture at its largest, or how far it is, or why there is none. */
export function Stage({ entry, index, onVary, onRetry, onMade, onForget }: StageProps) {
  const { data: generation, error } = useGeneration(entry.id);
  if (error !== null) {
    return (
      <div className="m-auto flex max-w-lg flex-col items-start gap-3 p-6">
        <FailureNotice title="This picture can not be shown" message={error.message} code="" />
        <Button look="quiet" onClick={onForget}>
          Take it off the strip
        </Button>
      </div>
    );
  }
  if (generation === undefined || isRunning(generation)) return <Progress entry={entry} index={index} />;
  const picture = generation.data[index];
  if (picture === undefined) return <NoPicture {...{ entry, generation, onRetry, onForget }} />;
  return (
    <>
      <figure className="flex flex-col items-center justify-center p-4 sm:p-6 lg:h-[calc(100%-6.5rem)] lg:min-h-72 lg:shrink-0">
        {picture.url === undefined ? (
          <p className="text-soft">The picture was not kept, and its time is over.</p>
        ) : (
          <a
            href={picture.url}
            target="_blank"
            rel="noreferrer"
            title="Open in full size"
            className="flex min-h-0 max-w-full flex-1 items-center justify-center"
          >
            <img
              src={picture.url}
              alt={promptOf(entry)}
              width={picture.width}
              height={picture.height}
              className="h-auto max-h-[70dvh] w-auto max-w-full rounded-sm shadow-raised lg:max-h-full"
            />
          </a>
        )}
      </figure>
      <div className="shrink-0 px-4 sm:px-6">
        <div className="mx-auto max-w-3xl">
          {generation.status === 'partial' && <Missing generation={generation} />}
          {entry.note !== undefined && <p className="mb-2 text-sm text-good">{entry.note}</p>}
          <ResultPanel generation={generation} picture={picture}>
            <PictureActions {...{ picture, onVary, onMade }} wish={entry.wish} />
          </ResultPanel>
        </div>
      </div>
    </>
  );
}

function Progress({ entry, index }: Pick<StageProps, 'entry' | 'index'>) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const live = useLive(entry.id);
  const cancel = useMutation({
    mutationFn: () => api(cancelOf(entry.id ?? '')),
    onSuccess: (generation) => {
      client.setQueryData([keyId, 'generation', entry.id], generation);
    },
  });
  const { n = 1, size = '' } = entry.wish;
  const partial = live.partials[index + 1];
  const fraction = live.fractions[index + 1];
  const [width = 1, height = 1] = /^\d+x\d+$/.test(size) ? size.split('x').map(Number) : [];
  return (
    <div className="flex min-h-72 flex-1 flex-col items-center justify-center gap-5 p-4 sm:p-6">
      <div
        style={{ aspectRatio: `${width} / ${height}`, width: `min(100%, ${(55 * width) / height}dvh)` }}
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
      <Spinner label={progressWords(live, n)} />
      {entry.id !== undefined && (
        <Button
          look="quiet"
          disabled={cancel.isPending}
          onClick={() => {
            cancel.mutate();
          }}
        >
          Stop
        </Button>
      )}
      {cancel.isError && <p role="alert">{cancel.error.message}</p>}
    </div>
  );
}

function progressWords({ position, arrived }: ReturnType<typeof useLive>, n: number): string {
  if (position !== undefined)
    return position === 1 ? 'Next in the queue' : `In the queue, at place ${position}`;
  if (n === 1) return 'Making the picture';
  return `Making ${n} pictures${arrived.length === 0 ? '' : `, ${arrived.length} there`}`;
}

interface NoPictureProps extends Pick<StageProps, 'entry' | 'onRetry' | 'onForget'> {
  readonly generation: Generation;
}

function NoPicture({ entry, generation, onRetry, onForget }: NoPictureProps) {
  const failure = generation.error ?? generation.errors[0];
  const cancelled = generation.status === 'cancelled';
  return (
    <div className="m-auto flex w-full max-w-lg flex-col items-start gap-3 p-6">
      <p className="text-soft">“{promptOf(entry)}”</p>
      <FailureNotice
        title={cancelled ? 'Stopped' : 'No picture was made'}
        message={
          cancelled
            ? 'It was stopped before a picture was there.'
            : (failure?.message ?? 'It failed without a reason.')
        }
        code={failure?.code ?? ''}
        charged={generation.credits_used}
        onRetry={() => {
          onRetry(entry.wish);
        }}
      />
      <Button look="quiet" onClick={onForget}>
        Take it off the strip
      </Button>
    </div>
  );
}

function Missing({ generation }: { readonly generation: Generation }) {
  const [failure] = generation.errors;
  return (
    <div className="mb-3">
      <FailureNotice
        title="Some of the pictures were not made"
        message={failure?.message ?? 'The provider delivered fewer.'}
        code={failure?.code ?? ''}
        charged={generation.credits_used}
      />
    </div>
  );
}
