import { useQuery } from '@tanstack/react-query';
import { generationOf, type Generation } from '../../api/images.js';
import { Link } from '../../app/router.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Notice } from '../../parts/notice.js';
import { Spinner } from '../../parts/spinner.js';

interface LedgerPurposeProps {
  readonly generationId: string;
  readonly comparisonId: string | undefined;
}

const STATUS_WORDS: Readonly<Record<Generation['status'], string>> = {
  queued: 'waits for its turn',
  running: 'runs',
  succeeded: 'delivered',
  partial: 'delivered in part',
  failed: 'failed, free of charge',
  cancelled: 'cancelled',
};

/** The request behind a move of credits, with its pictures. */
export function LedgerPurpose({ generationId, comparisonId }: LedgerPurposeProps) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const request = useQuery({
    queryKey: [keyId, 'generation', generationId],
    queryFn: ({ signal }) => api(generationOf(generationId, signal)),
    staleTime: 60_000,
  });
  if (request.isError) {
    return (
      <Notice kind="bad" title="The request can not be read">
        <p>{request.error.message}</p>
      </Notice>
    );
  }
  if (request.data === undefined) return <Spinner label="Reading the request" />;
  const { model, status, receipt, data } = request.data;
  return (
    <div className="mt-2 flex flex-col gap-2 text-sm">
      {receipt !== undefined && <p className="max-w-prose break-words">{receipt.prompt}</p>}
      <p className="text-soft">
        {model}, {STATUS_WORDS[status]}
        {comparisonId !== undefined && ', part of a comparison'} ·{' '}
        <span className="break-all">{generationId}</span>
      </p>
      {data.length > 0 && (
        <ul className="flex flex-wrap gap-2">
          {data.map((picture, place) => (
            <li key={picture.id}>
              {picture.url === undefined ? (
                <span className="text-soft">Picture {place + 1} is gone.</span>
              ) : (
                <Link
                  href={`/gallery?picture=${picture.id}`}
                  className="block overflow-hidden rounded-md border border-line"
                >
                  <img
                    src={picture.url}
                    alt={`Open picture ${place + 1} in the gallery`}
                    className="h-24 w-auto max-w-48 object-cover"
                  />
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
