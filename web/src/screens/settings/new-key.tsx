import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import * as z from 'zod/mini';
import { makeKey, type ApiKey, type KeyWish } from '../../api/keys.js';
import { roleSchema } from '../../api/session.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button } from '../../parts/button.js';
import { Chips } from '../../parts/chips.js';
import { useTyped } from '../../parts/use-typed.js';
import { Field } from './field.js';
import { grantable } from './key-rules.js';
import { LimitsFields } from './limits-fields.js';
import { ROLE_WORDS } from './role-words.js';
import {
  limitWords,
  NO_LIMITS,
  readLimits,
  typedLimitsSchema,
  withoutLifted,
  type LimitProblems,
} from './typed-limits.js';

const draftSchema = z.object({
  name: z.string(),
  kind: z.enum(['live', 'test']),
  role: roleSchema,
  /** Last day, `YYYY-MM-DD` here; empty: never. */
  expires: z.string(),
  limits: typedLimitsSchema,
});

interface NewKeyProps {
  /** The key that is signed in, as the list has it. */
  readonly own: ApiKey | undefined;
  readonly onMade: (made: { readonly name: string; readonly key: string }) => void;
}

/** The form of a new key. What is typed is kept until the key is made. */
export function NewKey({ own, onMade }: NewKeyProps) {
  const signedIn = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const { roles, kinds } = grantable(signedIn);
  const empty = { name: '', kind: signedIn.kind, role: 'developer', expires: '', limits: NO_LIMITS } as const;
  const [draft, setDraft, forget] = useTyped('new-key', draftSchema, { ...empty, limits: { ...NO_LIMITS } });
  const [open, setOpen] = useState(draft.name !== '');
  const [problems, setProblems] = useState<LimitProblems & { name?: string; expires?: string }>({});
  const make = useMutation({
    mutationFn: (wish: KeyWish) => api(makeKey(wish)),
    onSuccess: (made) => {
      forget();
      setOpen(false);
      onMade(made);
      void client.invalidateQueries({ queryKey: [signedIn.id, 'keys'] });
    },
  });
  const bound = own !== undefined && !signedIn.permissions.includes('change_settings');
  if (bound && limitWords(own.limits) !== '') {
    return (
      <p className="text-sm text-soft">
        Your key has limits of its own, so it can’t make others. An owner or admin makes them.
      </p>
    );
  }
  if (!open) {
    return (
      <Button
        look="main"
        className="self-start"
        onClick={() => {
          setOpen(true);
        }}
      >
        Make a key
      </Button>
    );
  }
  const kind = kinds.includes(draft.kind) ? draft.kind : 'test';
  const role = roles.includes(draft.role) ? draft.role : (roles.at(-1) ?? 'viewer');
  const submit = () => {
    const name = draft.name.trim();
    // To the end of that day, where the browser is.
    const end = draft.expires === '' ? undefined : new Date(`${draft.expires}T23:59:59`).getTime() / 1000;
    const read = readLimits(draft.limits);
    const found = {
      ...('problems' in read ? read.problems : {}),
      ...(name === '' ? { name: 'A key needs a name, so that you know it later.' } : {}),
      ...(end !== undefined && !(end > Date.now() / 1000) ? { expires: 'This day is over.' } : {}),
    };
    setProblems(found);
    if (Object.keys(found).length > 0 || !('limits' in read)) return;
    make.mutate({ name, kind, role, expires_at: end, limits: withoutLifted(read.limits) });
  };
  return (
    <form
      noValidate
      aria-label="A new key"
      className="flex flex-col gap-5 rounded-lg border border-line bg-sheet px-5 py-5"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Name"
          value={draft.name}
          maxLength={100}
          problem={problems.name}
          hint="Of the program or person that uses it."
          onChange={(name) => {
            setDraft({ ...draft, name });
          }}
        />
        <Field
          label="Expires after"
          type="date"
          value={draft.expires}
          problem={problems.expires}
          hint="The last day on which it works. Empty: never expires."
          onChange={(expires) => {
            setDraft({ ...draft, expires });
          }}
        />
      </div>
      <Chips
        label="Spends"
        value={kind}
        options={kinds.map((value) => ({
          value,
          label: value === 'live' ? 'live credits' : 'test credits, against emulators',
        }))}
        hint={kinds.length === 1 ? 'A test key makes test keys only.' : undefined}
        onChange={(value) => {
          setDraft({ ...draft, kind: value === 'live' ? 'live' : 'test' });
        }}
      />
      <Chips
        label="Role"
        value={role}
        options={roles.map((value) => ({ value, label: ROLE_WORDS[value].name }))}
        hint={ROLE_WORDS[role].may}
        onChange={(value) => {
          setDraft({ ...draft, role: roles.find((one) => one === value) ?? role });
        }}
      />
      <details open={limitWords(own?.limits ?? {}) !== ''}>
        <summary className="mb-4 w-fit rounded-sm text-sm font-medium">Limits</summary>
        <LimitsFields
          typed={draft.limits}
          problems={problems}
          onChange={(limits) => {
            setDraft({ ...draft, limits });
          }}
        />
      </details>
      {make.isError && (
        <p role="alert" className="text-sm text-bad">
          No key was made. {make.error.message}
        </p>
      )}
      <div className="flex gap-2">
        <Button type="submit" look="main" disabled={make.isPending}>
          {make.isPending ? 'Making it…' : 'Make the key'}
        </Button>
        <Button
          look="quiet"
          onClick={() => {
            forget();
            setProblems({});
            make.reset();
            setOpen(false);
          }}
        >
          Cancel
        </Button>
      </div>
    </form>
  );
}
