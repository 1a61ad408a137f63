import { useMutation, useQueryClient } from '@tanstack/react-query';
import { keepOf, type Generation, type ImageWish, type Picture } from '../../api/images.js';
import { Link } from '../../app/router.js';
import { findScreen } from '../../app/screens.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { CheckIcon } from '../../parts/icons.js';
import { CodeDialog } from './code-dialog.js';
import { ReplayDialog } from './replay-dialog.js';

export const QUIET_LINK =
  'inline-flex min-h-9 items-center rounded-md px-2.5 py-1.5 text-sm text-soft hover:bg-hover hover:text-ink';

interface PictureActionsProps {
  readonly generation: Generation;
  readonly picture: Picture;
  readonly wish: ImageWish;
  readonly onVary: (wish: ImageWish) => void;
  readonly onMade: (generation: Generation, wish: ImageWish, note: string) => void;
}

/** What can be done with a picture. */
export function PictureActions({ generation, picture, wish, onVary, onMade }: PictureActionsProps) {
  const editor = findScreen('/edit');
  return (
    <div className="flex flex-wrap items-center gap-1 pb-2">
      <KeepButton generation={generation} picture={picture} />
      {picture.url !== undefined && (
        <a href={`${picture.url}&download`} className={QUIET_LINK}>
          Download
        </a>
      )}
      {editor !== undefined && picture.url !== undefined && (
        <Link href={`${editor.path}?image=${picture.id}`} className={QUIET_LINK}>
          Use as input
        </Link>
      )}
      <Button
        look="quiet"
        onClick={() => {
          onVary({ ...wish, seed: undefined });
        }}
      >
        Vary
      </Button>
      <ReplayDialog
        picture={picture}
        onMade={(made, note) => {
          onMade(made, { ...wish, n: 1 }, note);
        }}
      />
      <CodeDialog wish={wish} />
    </div>
  );
}

/** Keeps a picture, or says that it is kept. */
export function KeepButton({ generation, picture }: Pick<PictureActionsProps, 'generation' | 'picture'>) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const keep = useMutation({
    mutationFn: () => api(keepOf(picture.id)),
    onSuccess: (file) => {
      client.setQueryData<Generation>([keyId, 'generation', generation.id], (before) =>
        before === undefined
          ? undefined
          : {
              ...before,
              data: before.data.map((one) => (one.id === picture.id ? { ...one, file_id: file.id } : one)),
            },
      );
      void client.invalidateQueries({ queryKey: [keyId, 'files'] });
    },
  });
  if (picture.file_id !== undefined) {
    return (
      <span role="status" className="mr-2 inline-flex min-h-9 items-center gap-1.5 text-sm text-good">
        <CheckIcon />
        Kept
      </span>
    );
  }
  return (
    <>
      <Button
        className="mr-2"
        disabled={keep.isPending || picture.url === undefined}
        onClick={() => {
          keep.mutate();
        }}
      >
        {keep.isPending ? 'Keeping…' : 'Keep'}
      </Button>
      {keep.isError && (
        <p role="alert" className="w-full text-sm text-bad">
          {keep.error.message}
        </p>
      )}
    </>
  );
}
