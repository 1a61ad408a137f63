import { useMutation, useQueryClient } from '@tanstack/react-query';
import { keepOf, type Generation, type Picture } from '../api/images.js';
import { useApi, useCurrentKey } from '../app/session.js';
import { Button } from './button.js';
import { CheckIcon } from './icons.js';

interface KeepButtonProps {
  readonly generation: Generation;
  readonly picture: Picture;
}

/** Keeps a picture, or says that it is kept. */
export function KeepButton({ generation, picture }: KeepButtonProps) {
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
