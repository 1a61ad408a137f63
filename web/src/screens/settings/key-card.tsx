import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changeKey, revokeKey, type ApiKey } from '../../api/keys.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { ConfirmButton } from './confirm-button.js';
import { Field } from './field.js';
import { mayChange, mayRevoke } from './key-rules.js';
import { LimitsFields } from './limits-fields.js';
import { ROLE_WORDS } from './role-words.js';
import { dateWords, momentWords } from './time-words.js';
import { limitWords, readLimits, typeLimits, type LimitProblems } from './typed-limits.js';

interface KeyCardProps {
  readonly apiKey: ApiKey;
  /** Keys that may have made this one. */
  readonly names: readonly ApiKey[];
}

/** A key with everything that is known of it, and what may be done with it. */
export function KeyCard({ apiKey: key, names }: KeyCardProps) {
  const signedIn = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const [changing, setChanging] = useState(false);
  const maker = names.find(({ id }) => id === key.created_by)?.name ?? key.created_by ?? 'the operator';
  const limits = limitWords(key.limits);
  const revoke = async () => {
    await api(revokeKey(key.id));
    if (key.id === signedIn.id) await client.invalidateQueries({ queryKey: ['session'] });
    else await client.invalidateQueries({ queryKey: [signedIn.id, 'keys'] });
  };
  return (
    <li className="rounded-lg border border-line bg-sheet px-5 py-4">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1">
          <h3 className="flex flex-wrap items-baseline gap-x-3 font-medium break-words">
            {key.name}
            {key.id === signedIn.id && (
              <span className="text-sm font-normal text-seal">signed in with it</span>
            )}
          </h3>
          <p className="text-sm text-soft">
            <span className={key.kind === 'test' ? 'text-warn' : 'text-good'}>{key.kind}</span> ·{' '}
            {ROLE_WORDS[key.role].name} · <code className="font-mono text-xs">{key.prefix}…</code>
          </p>
        </div>
        <div className="flex gap-1">
          {mayChange(signedIn, key) && !changing && (
            <Button
              look="quiet"
              aria-label={`Change ${key.name}`}
              onClick={() => {
                setChanging(true);
              }}
            >
              Change
            </Button>
          )}
          {mayRevoke(signedIn, key) && (
            <ConfirmButton
              label="Revoke…"
              spoken={`Revoke ${key.name}`}
              title={`Revoke ${key.name}?`}
              action="Revoke for good"
              run={revoke}
            >
              <p>
                Whatever uses this key is refused within five seconds, and nobody can bring it back. Pictures
                that it made stay.
              </p>
              {key.id === signedIn.id && <p>You are signed in with it: this also signs you out.</p>}
            </ConfirmButton>
          )}
        </div>
      </div>
      <p className="mt-2 text-sm text-soft">
        Made on {dateWords(key.created)} by {maker} ·{' '}
        {key.last_used_at === undefined ? 'never used' : `last used ${momentWords(key.last_used_at)}`} ·{' '}
        {key.expires_at === undefined ? 'never expires' : `expires ${momentWords(key.expires_at)}`}
      </p>
      <p className="mt-1 text-sm break-words">{limits === '' ? 'No limits of its own.' : limits}</p>
      {changing && (
        <ChangeKey
          apiKey={key}
          onDone={() => {
            setChanging(false);
          }}
        />
      )}
    </li>
  );
}

function ChangeKey({ apiKey: key, onDone }: { readonly apiKey: ApiKey; readonly onDone: () => void }) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const [name, setName] = useState(key.name);
  const [typed, setTyped] = useState(() => typeLimits(key.limits));
  const [problems, setProblems] = useState<LimitProblems>({});
  const change = useMutation({
    mutationFn: (wish: Parameters<typeof changeKey>[1]) => api(changeKey(key.id, wish)),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: [keyId, 'keys'] });
      void client.invalidateQueries({ queryKey: [keyId, 'budgets'] });
      onDone();
    },
  });
  return (
    <form
      noValidate
      className="mt-4 flex flex-col gap-4 border-t border-line pt-4"
      onSubmit={(event) => {
        event.preventDefault();
        const read = readLimits(typed);
        setProblems('problems' in read ? read.problems : {});
        if ('limits' in read && name.trim() !== '') change.mutate({ name: name.trim(), limits: read.limits });
      }}
    >
      <Field
        label="Name"
        value={name}
        maxLength={100}
        problem={name.trim() === '' ? 'A key needs a name.' : undefined}
        onChange={setName}
        className="max-w-md"
      />
      <LimitsFields typed={typed} problems={problems} onChange={setTyped} />
      {change.isError && (
        <p role="alert" className="text-sm text-bad">
          The key is as it was. {change.error.message}
        </p>
      )}
      <div className="flex gap-2">
        <Button type="submit" look="main" disabled={change.isPending}>
          {change.isPending ? 'Saving…' : 'Save'}
        </Button>
        <Button look="quiet" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
