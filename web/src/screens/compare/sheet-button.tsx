import { useMutation } from '@tanstack/react-query';
import { send } from '../../api/client.js';
import { useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';

interface SheetButtonProps {
  readonly fileId: string;
  readonly comparisonId: string;
}

/** Saves the contact sheet: all pictures in one, with price and time. */
export function SheetButton({ fileId, comparisonId }: SheetButtonProps) {
  const { id: keyId } = useCurrentKey();
  const save = useMutation({
    mutationFn: async () => {
      const answer = await send(keyId, `/v1/files/${fileId}/content`, {});
      const address = URL.createObjectURL(await answer.blob());
      const link = document.createElement('a');
      link.href = address;
      link.download = `${comparisonId}.${answer.headers.get('content-type') === 'image/png' ? 'png' : 'webp'}`;
      link.click();
      // The browser has taken the bytes over when the click is through.
      setTimeout(() => {
        URL.revokeObjectURL(address);
      }, 10_000);
    },
  });
  return (
    <>
      <Button
        className="mr-1 ml-2.5"
        aria-disabled={save.isPending}
        onClick={() => {
          if (!save.isPending) save.mutate();
        }}
      >
        {save.isPending ? 'Loading…' : 'Download the contact sheet'}
      </Button>
      {save.isError && (
        <p role="alert" className="w-full px-2.5 text-sm text-bad">
          {save.error.message}
        </p>
      )}
    </>
  );
}
