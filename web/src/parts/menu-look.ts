/** How menus look; Base UI gives them their behaviour. */
export const MENU_POPUP =
  'max-h-[var(--available-height)] overflow-y-auto rounded-lg border border-line bg-sheet p-1 shadow-raised outline-none';
export const MENU_ITEM =
  'flex min-h-9 w-full cursor-pointer items-center gap-2.5 rounded-md px-3 py-1.5 text-sm outline-none select-none data-highlighted:bg-hover';
