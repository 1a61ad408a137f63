/** Something is on its way; said to those who don't see it. */
export function Spinner({ label }: { readonly label: string }) {
  return (
    <span role="status" className="inline-flex items-center gap-3 text-sm text-soft">
      <span
        aria-hidden
        className="size-4 animate-spin rounded-full border-2 border-line border-t-seal motion-reduce:animate-none"
      />
      {label}…
    </span>
  );
}
