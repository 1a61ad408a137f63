import type { ReactNode } from 'react';
import { Button } from '../../parts/button.js';

interface SettingsFormProps {
  readonly title: string;
  readonly about?: ReactNode;
  /** Whether something was typed that is not saved. */
  readonly changed: boolean;
  readonly state: { readonly isPending: boolean; readonly isSuccess: boolean; readonly error: Error | null };
  readonly onSave: () => void;
  readonly onDiscard: () => void;
  readonly children: ReactNode;
}

/** Settings that are saved together. What is typed stays until it is saved or discarded. */
export function SettingsForm({
  title,
  about,
  changed,
  state,
  onSave,
  onDiscard,
  children,
}: SettingsFormProps) {
  return (
    <form
      noValidate
      aria-label={title}
      className="flex flex-col gap-4 rounded-lg border border-line bg-sheet px-5 py-5"
      onSubmit={(event) => {
        event.preventDefault();
        onSave();
      }}
    >
      <div>
        <h3 className="font-medium">{title}</h3>
        {about !== undefined && <p className="mt-1 text-sm text-soft">{about}</p>}
      </div>
      {children}
      {state.error !== null && (
        <p role="alert" className="text-sm text-bad">
          Nothing was changed. {state.error.message}
        </p>
      )}
      <div className="flex min-h-9 items-center gap-2">
        {changed ? (
          <>
            <Button type="submit" look="main" disabled={state.isPending}>
              {state.isPending ? 'Saving…' : 'Save'}
            </Button>
            <Button look="quiet" onClick={onDiscard}>
              Discard
            </Button>
          </>
        ) : (
          <p role="status" className="text-sm text-soft">
            {state.isSuccess ? 'Saved.' : ''}
          </p>
        )}
      </div>
    </form>
  );
}
