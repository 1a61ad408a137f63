interface CounterProps {
  readonly n: number;
  readonly onCount: (n: number) => void;
}

/** How many pictures, from 1 to 10. */
export function Counter({ n, onCount }: CounterProps) {
  const step = (by: number) => {
    onCount(Math.min(10, Math.max(1, n + by)));
  };
  return (
    <div
      role="group"
      aria-label="Number of pictures"
      className="flex items-center rounded-md border border-line bg-sheet"
    >
      <button
        type="button"
        aria-label="One picture less"
        aria-disabled={n === 1}
        onClick={() => {
          step(-1);
        }}
        className="grid size-9 place-items-center rounded-md text-lg text-soft hover:text-ink aria-disabled:text-line"
      >
        −
      </button>
      <output className="w-5 text-center tabular-nums" aria-live="polite">
        {n}
      </output>
      <button
        type="button"
        aria-label="One picture more"
        aria-disabled={n === 10}
        onClick={() => {
          step(1);
        }}
        className="grid size-9 place-items-center rounded-md text-lg text-soft hover:text-ink aria-disabled:text-line"
      >
        +
      </button>
    </div>
  );
}
