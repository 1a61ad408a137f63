import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { provenanceOf, type Provenance } from '../../api/pictures.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Spinner } from '../../parts/spinner.js';

const TREATMENTS = {
  untouched: 'The bytes are those of the provider.',
  marked: 'A note of its origin was added to the provider’s picture.',
  converted: 'It was converted here from the provider’s picture.',
} as const;

/** What the bytes of a picture say themselves; read when somebody wants to know. */
export function ProvenanceDetails({ id }: { readonly id: string }) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const [open, setOpen] = useState(false);
  const read = useQuery({
    queryKey: [keyId, 'provenance', id],
    queryFn: ({ signal }) => api(provenanceOf(id, signal)),
    enabled: open,
    staleTime: 20 * 60_000,
  });
  return (
    <details
      className="border-t border-line"
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary className="rounded-sm py-2.5 text-sm text-soft hover:text-ink">
        Where its bytes say they come from
      </summary>
      <div className="flex flex-col gap-2 pb-4 text-sm">
        {read.isError && <p role="alert">{read.error.message}</p>}
        {read.isPending && open && <Spinner label="Reading the picture" />}
        {read.data !== undefined && (
          <>
            <Claims {...read.data.picture} />
            {read.data.record.treatment !== undefined && <p>{TREATMENTS[read.data.record.treatment]}</p>}
            {read.data.original?.url !== undefined && (
              <p>
                <a
                  href={`${read.data.original.url}&download`}
                  className="text-seal underline underline-offset-4"
                >
                  Download the signed original
                </a>
              </p>
            )}
            <p className="text-soft">Signatures are not checked here.</p>
          </>
        )}
      </div>
    </details>
  );
}

function Claims({ c2pa, xmp }: Provenance) {
  const makers = [
    ...new Set(
      (c2pa?.manifests ?? []).flatMap((manifest) => [
        ...manifest.claim_generator_info.map(({ name }) => name),
        ...(manifest.claim_generator_info.length === 0 ? [manifest.claim_generator ?? ''] : []),
      ]),
    ),
  ].filter((name) => name !== '');
  return (
    <>
      <p>
        {c2pa === undefined
          ? 'No content credentials.'
          : `Content credentials${makers.length === 0 ? '' : ` by ${makers.join(', ')}`}.`}
      </p>
      {xmp?.creator_tool !== undefined && <p>Made with {xmp.creator_tool}, as its metadata says.</p>}
      {xmp?.digital_source_type !== undefined && (
        <p>
          Kind of source:{' '}
          <code className="font-mono text-xs">{xmp.digital_source_type.split('/').at(-1)}</code>
        </p>
      )}
    </>
  );
}
