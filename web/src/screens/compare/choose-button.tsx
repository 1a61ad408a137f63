import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { CellPicture, Comparison } from '../../api/comparisons.js';
import { keepOf } from '../../api/images.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { CheckIcon } from '../../parts/icons.js';

interface ChooseButtonProps {
  readonly picture: CellPicture;
  readonly comparisonId: string;
  readonly name: string;
}

/** Chooses a picture: it is kept for good, and says so wherever the comparison is looked at. */
export function ChooseButton({ picture, comparisonId, name }: ChooseButtonProps) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const choose = useMutation({
    mutationFn: () => api(keepOf(picture.id)),
    onSuccess: (file) => {
      const keep = (one: CellPicture) => (one.id === picture.id ? { ...one, file_id: file.id } : one);
      client.setQueryData<Comparison>(
        [keyId, 'comparison', comparisonId],
        (before) =>
          before && {
            ...before,
            cells: before.cells.map((cell) => ({ ...cell, images: cell.images.map(keep) })),
          },
      );
      void client.invalidateQueries({ queryKey: [keyId, 'files'] });
    },
  });
  if (picture.file_id !== undefined) {
    return (
      <span role="status" className="inline-flex min-h-8 items-center gap-1.5 text-sm text-good">
        <CheckIcon />
        Chosen<span className="sr-only"> and kept</span>
      </span>
    );
  }
  return (
    <>
      <Button
        className="min-h-8 text-ink"
        aria-label={`Choose ${name}`}
        aria-disabled={choose.isPending || picture.url === undefined}
        onClick={() => {
          if (!choose.isPending && picture.url !== undefined) choose.mutate();
        }}
      >
        {choose.isPending ? 'Keeping…' : 'Choose'}
      </Button>
      {choose.isError && (
        <p role="alert" className="w-full text-sm text-bad">
          {choose.error.message}
        </p>
      )}
    </>
  );
}
