import { memo, useState, type MouseEvent } from 'react';
import type { ListedPicture } from '../../api/pictures.js';
import { CheckIcon } from '../../parts/icons.js';
import { clockWords, goesIn } from './time-words.js';

export interface TileActions {
  readonly onOpen: (id: string) => void;
  /** @param range everything from the picture that was chosen last */
  readonly onSelect: (id: string, range: boolean) => void;
  readonly onFocus: (id: string) => void;
  /** Its bytes did not come. */
  readonly onMissing: (id: string) => void;
}

interface TileProps {
  readonly picture: ListedPicture;
  readonly left: number;
  readonly width: number;
  readonly height: number;
  readonly isSelected: boolean;
  /** Something is selected: a click selects, too. */
  readonly isSelecting: boolean;
  /** The one that Tab goes to. */
  readonly isActive: boolean;
  /** When it goes; undefined: kept. */
  readonly ends: string | undefined;
  readonly modelName: string;
  readonly actions: TileActions;
}

/** One picture of the grid. */
export const Tile = memo(function Tile(props: TileProps) {
  const { picture, left, width, height, isSelected, isSelecting, isActive, ends, modelName, actions } = props;
  const source = sourceFor(picture, width);
  const state = ends ?? 'kept';
  const onClick = (event: MouseEvent) => {
    if (isSelecting || event.shiftKey || event.ctrlKey || event.metaKey)
      actions.onSelect(picture.id, event.shiftKey);
    else actions.onOpen(picture.id);
  };
  return (
    <div className="group absolute top-0" style={{ left, width, height, contain: 'strict' }}>
      <button
        type="button"
        data-picture={picture.id}
        tabIndex={isActive ? 0 : -1}
        aria-label={`${shorten(picture.prompt ?? 'Picture without a prompt')}, ${modelName}, ${clockWords(picture.created)}, ${state}`}
        aria-pressed={isSelected}
        aria-keyshortcuts="Enter Space K"
        onClick={onClick}
        onFocus={() => {
          actions.onFocus(picture.id);
        }}
        className="absolute inset-0 overflow-hidden rounded-sm bg-well -outline-offset-4! aria-pressed:p-2.5 focus-visible:shadow-[inset_0_0_0_3px_var(--color-seal)]"
      >
        {source === undefined ? (
          <span className="grid size-full place-items-center px-2 text-center text-xs text-soft">
            {picture.lost === true ? 'Its bytes were lost' : 'Gone'}
          </span>
        ) : (
          <Thumbnail
            key={source}
            source={source}
            onMissing={() => {
              actions.onMissing(picture.id);
            }}
          />
        )}
      </button>
      <span
        aria-hidden
        className={`pointer-events-none absolute bottom-1.5 left-1.5 rounded-sm bg-sheet/92 px-1.5 text-xs ${ends === undefined ? 'text-good' : 'text-ink'}`}
      >
        {state}
      </span>
      <button
        type="button"
        tabIndex={-1}
        aria-label={`${isSelected ? 'Selected' : 'Select'}: ${shorten(picture.prompt ?? 'picture')}`}
        aria-pressed={isSelected}
        onClick={(event) => {
          actions.onSelect(picture.id, event.shiftKey);
        }}
        className={`absolute top-1.5 left-1.5 grid size-7 place-items-center rounded-full border shadow-sm ${
          isSelected
            ? 'border-seal bg-seal text-on-seal'
            : `border-edge bg-sheet/92 text-soft group-hover:opacity-100 hover:text-ink focus-visible:opacity-100 ${isSelecting ? '' : 'opacity-0'}`
        }`}
      >
        <CheckIcon className="size-4" />
      </button>
    </div>
  );
});

function Thumbnail({ source, onMissing }: { readonly source: string; readonly onMissing: () => void }) {
  const [isThere, setThere] = useState(false);
  const [isMissing, setMissing] = useState(false);
  if (isMissing) return null;
  return (
    <img
      src={source}
      alt=""
      decoding="async"
      draggable={false}
      onLoad={() => {
        setThere(true);
      }}
      onError={() => {
        setMissing(true);
        onMissing();
      }}
      className={`size-full rounded-[2px] object-cover transition-opacity duration-200 ${isThere ? '' : 'opacity-0'}`}
    />
  );
}

/** The narrowest version that is sharp at this size; the picture itself where there is none. */
function sourceFor({ previews, url }: ListedPicture, width: number): string | undefined {
  const needed = width * Math.min(window.devicePixelRatio, 2);
  // A tenth less is not to be seen, and half the bytes.
  return (previews.find((preview) => preview.width >= needed * 0.9) ?? previews.at(-1))?.url ?? url;
}

/** When a picture goes, in words; undefined for one that is kept. @param now Unix seconds */
export function endOf({ file_id, expires_at }: ListedPicture, now: number): string | undefined {
  return file_id === undefined ? goesIn(expires_at - now) : undefined;
}

/** A prompt in a few words. */
export function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
