/** How what is typed into looks. */
export const FIELD = 'h-9 min-w-0 rounded-md border border-edge/50 bg-sheet px-2.5 text-sm';
