import type { ButtonHTMLAttributes } from 'react';

const LOOKS = {
  /** The one thing that a screen is for. */
  main: 'bg-ink text-paper hover:bg-ink/85 disabled:bg-well disabled:text-soft px-5 font-medium',
  plain: 'border border-edge/50 bg-sheet hover:bg-hover disabled:text-soft disabled:bg-transparent px-3.5',
  quiet: 'hover:bg-hover text-soft hover:text-ink px-2.5',
} as const;

/** A link that looks like a quiet button. */
export const QUIET_LINK =
  'inline-flex min-h-9 items-center rounded-md px-2.5 py-1.5 text-sm text-soft hover:bg-hover hover:text-ink';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: keyof typeof LOOKS;
}

export function Button({ look = 'plain', className = '', ...props }: ButtonProps) {
  return (
    <button
      type="button"
      {...props}
      className={`inline-flex min-h-9 items-center justify-center gap-2 rounded-md py-1.5 text-sm transition-colors ${LOOKS[look]} ${className}`}
    />
  );
}
