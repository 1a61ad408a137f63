import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { listedPictures } from '../../api/edits.js';
import { Link } from '../../app/router.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { addressOf } from './edit-draft.js';

interface FilePickerProps {
  readonly label: string;
  readonly busy: boolean;
  readonly onPick: (picture: File) => void;
  readonly main?: boolean;
}

export const PICTURE_TYPES = 'image/png,image/jpeg,image/webp,image/avif,image/gif';

/** The browser's own way to choose a file. */
export function FilePicker({ label, busy, onPick, main = false }: FilePickerProps) {
  const id = useId();
  return (
    <label
      htmlFor={id}
      className={`inline-flex min-h-9 cursor-pointer items-center rounded-md px-4 py-1.5 text-sm has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-seal ${main ? 'bg-ink font-medium text-paper hover:bg-ink/85' : 'border border-edge/50 bg-sheet hover:bg-hover'}`}
    >
      {busy ? 'Taking it in…' : label}
      <input
        id={id}
        type="file"
        accept={PICTURE_TYPES}
        className="sr-only"
        onChange={(event) => {
          const [picture] = event.target.files ?? [];
          if (picture !== undefined && !busy) onPick(picture);
          // The same file can be chosen again.
          event.target.value = '';
        }}
      />
    </label>
  );
}

const SHOWN = 12;

/** Where an edit begins: a picture from this machine, or one that was made here. */
export function SourcePicker({ busy, onPick }: Pick<FilePickerProps, 'busy' | 'onPick'>) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const { data: pictures } = useQuery({
    queryKey: [keyId, 'newest-pictures'],
    queryFn: ({ signal }) => api(listedPictures({ limit: SHOWN }, signal)),
  });
  const there = (pictures?.data ?? []).filter(({ url }) => url !== undefined);
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-8 px-4 py-10 sm:px-6 lg:py-16">
      <div className="flex flex-col items-center gap-4 rounded-lg border border-dashed border-edge bg-sheet px-6 py-12 text-center">
        <h2 className="font-serif text-2xl">Which picture is to be changed?</h2>
        <p className="max-w-md text-soft">
          Drop one here, paste one, or choose a file. PNG, JPEG, WebP, AVIF, or the first frame of a GIF.
        </p>
        <FilePicker label="Choose a picture" busy={busy} onPick={onPick} main />
      </div>
      {there.length > 0 && (
        <section aria-labelledby="made-here">
          <h2 id="made-here" className="mb-3 text-sm font-medium">
            Or one that was made here
          </h2>
          <ul className="grid grid-cols-3 gap-2 sm:grid-cols-4 lg:grid-cols-6">
            {there.map(({ id, url, prompt }) => (
              <li key={id}>
                <Link
                  href={addressOf({ kind: 'image', id })}
                  className="block aspect-square overflow-hidden rounded-md border border-line bg-well hover:border-edge"
                >
                  <img
                    src={url}
                    alt={prompt ?? 'Picture'}
                    loading="lazy"
                    className="size-full object-cover"
                  />
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
