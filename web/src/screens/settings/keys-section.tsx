import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { keyList } from '../../api/keys.js';
import { Link } from '../../app/router.js';
import { useApi, useCurrentKey, useMay } from '../../app/session.js';
import { KeyCard } from './key-card.js';
import { NewKey } from './new-key.js';
import { SecretDialog } from './secret-dialog.js';
import { Loaded, Section } from './section.js';

/** Keys of the workspace: making, limiting and revoking them. */
export function KeysSection() {
  const signedIn = useCurrentKey();
  const api = useApi();
  const may = useMay();
  const [made, setMade] = useState<{ readonly name: string; readonly key: string }>();
  const keys = useQuery({
    queryKey: [signedIn.id, 'keys'],
    queryFn: ({ signal }) => api(keyList(signal)),
  });
  const all = may('manage_keys');
  return (
    <Section
      title="Keys"
      about={
        <>
          Programs and people use the workspace with a key each.{' '}
          {all ? 'You see all of them.' : 'You see your own and those that it made.'} Live keys spend live
          credits; test keys run every model against emulators, on test credits.{' '}
          <Link href="/settings/roles" className="text-seal underline underline-offset-4">
            What the roles may do
          </Link>
        </>
      }
    >
      <Loaded query={keys} what="the keys">
        {({ data }) => (
          <>
            <NewKey own={data.find(({ id }) => id === signedIn.id)} onMade={setMade} />
            <ul className="flex flex-col gap-3">
              {data.map((key) => (
                <KeyCard key={key.id} apiKey={key} names={data} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
      <SecretDialog
        title={`The key ${made?.name ?? ''}`}
        secret={made?.key}
        about="It is shown this once: nobody can read it again, here or on the server. Store it where your program takes its secrets from."
        onClose={() => {
          setMade(undefined);
        }}
      />
    </Section>
  );
}
