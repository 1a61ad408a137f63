import type { ReactNode } from 'react';
import type { Cell, CellPicture } from '../../api/comparisons.js';
import { Link } from '../../app/router.js';
import { useCurrentKey } from '../../app/session.js';
import { Credits } from '../../parts/credits.js';
import { adviceFor } from '../../parts/failure-notice.js';
import { notesOf } from '../../parts/plan-notes.js';
import { formatSize } from '../../parts/whereabouts.js';
import { durationWords } from './cell-words.js';
import { ChooseButton } from './choose-button.js';
import { Frame } from './frame.js';

interface MadeCardProps {
  readonly cell: Cell;
  readonly label: string;
  /** Everything that it is told by. */
  readonly name: string;
  /** In whose proportions it is waited for. */
  readonly size: string | undefined;
  readonly comparisonId: string;
  /** What it is best at. */
  readonly best: readonly string[];
  /** Id of the picture that was clicked first. */
  readonly picked: string | undefined;
  readonly onPick: (picture: CellPicture) => void;
}

/** A cell: its picture with price, time and size, how far it is, or what happened to it. */
export function MadeCard(props: MadeCardProps) {
  const { cell, label, best } = props;
  const { images } = cell;
  return (
    <>
      {images.length === 0 ? (
        <NoPicture {...props} />
      ) : (
        images.map((picture) => <Made key={picture.id} {...props} picture={picture} />)
      )}
      <p className="mt-2 line-clamp-2 text-sm font-medium">
        {label}
        {best.map((word) => (
          <span key={word} className="ml-2 rounded-sm bg-well px-1.5 py-0.5 text-xs font-normal text-soft">
            {word}
          </span>
        ))}
      </p>
      <Facts cell={cell} />
      {images.length > 0 &&
        notesOf(cell).map((note) => (
          <p key={note} className="mt-1 text-xs text-soft">
            {note}
          </p>
        ))}
      {images.map((picture) => (
        <Actions key={picture.id} {...props} picture={picture} />
      ))}
    </>
  );
}

function Made({ picture, name, picked, onPick }: MadeCardProps & { readonly picture: CellPicture }) {
  if (picture.url === undefined) {
    return (
      <Frame size={`${picture.width}x${picture.height}`} look="bg-well">
        <p className="p-4 text-sm text-soft">The picture was not kept, and its time is over.</p>
      </Frame>
    );
  }
  const sources = [...picture.previews, { width: picture.width, url: picture.url }];
  return (
    <button
      type="button"
      aria-pressed={picked === picture.id}
      aria-label={`Lay ${name} over another picture`}
      onClick={() => {
        onPick(picture);
      }}
      className="mb-1 block w-full rounded-sm aria-pressed:outline-3 aria-pressed:outline-offset-3 aria-pressed:outline-seal"
    >
      <Frame size={`${picture.width}x${picture.height}`} look="bg-well shadow-raised">
        <img
          src={picture.url}
          srcSet={sources.map(({ width, url }) => `${url} ${width}w`).join(', ')}
          sizes="(min-width: 64rem) 24rem, 46vw"
          alt=""
          loading="lazy"
          decoding="async"
          className="size-full object-fill"
        />
      </Frame>
    </button>
  );
}

function Facts({ cell }: { readonly cell: Cell }) {
  const { kind } = useCurrentKey();
  const [picture] = cell.images;
  if (picture === undefined) return null;
  const facts: ReactNode[] = [
    cell.credits_used === 0 ? 'free' : <Credits key="credits" amount={cell.credits_used} mode={kind} />,
    ...(cell.latency_ms === undefined ? [] : [durationWords(cell.latency_ms)]),
    formatSize(`${picture.width}x${picture.height}`),
  ];
  return (
    <p className="text-xs text-soft tabular-nums">
      {facts.map((fact, place) => (
        <span key={place}>
          {place > 0 && ' · '}
          {fact}
        </span>
      ))}
    </p>
  );
}

function Actions({ picture, name, comparisonId }: MadeCardProps & { readonly picture: CellPicture }) {
  const link = 'rounded-sm py-1 underline decoration-line underline-offset-4 hover:text-ink';
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-3.5 gap-y-1 text-xs text-soft">
      <ChooseButton {...{ picture, comparisonId, name }} />
      <Link
        href={`/create?use=${picture.id}`}
        className={link}
        aria-label={`Use the settings of ${name} in Create`}
      >
        Use in Create
      </Link>
      {picture.url !== undefined && (
        <a
          href={picture.url}
          target="_blank"
          rel="noreferrer"
          className={link}
          aria-label={`Open ${name} in full size`}
        >
          Full size
        </a>
      )}
    </div>
  );
}

function NoPicture({ cell, size }: MadeCardProps) {
  const { kind } = useCurrentKey();
  const { status, error, credits_used: credits } = cell;
  if (status === 'queued' || status === 'running') {
    return (
      <Frame
        size={size}
        look={`border border-line ${status === 'running' ? 'animate-pulse bg-well motion-reduce:animate-none' : 'bg-sheet'}`}
      >
        <p className="grid size-full place-items-center text-sm text-soft">
          {status === 'running' ? 'Making it…' : 'Waiting'}
        </p>
      </Frame>
    );
  }
  const [what, advice] =
    status === 'cancelled'
      ? ['Stopped before it was made.', '']
      : [error?.message ?? 'It failed without a reason.', adviceFor(error?.code ?? '')];
  return (
    <div className="rounded-sm border border-dashed border-edge/60 p-4 text-sm">
      <p className={status === 'cancelled' ? 'text-soft' : 'text-bad'}>{what}</p>
      <p className="mt-1 text-soft">
        {credits === 0 ? (
          'Nothing was charged.'
        ) : (
          <>
            <Credits amount={credits} mode={kind} /> were charged.
          </>
        )}{' '}
        {advice}
      </p>
    </div>
  );
}
