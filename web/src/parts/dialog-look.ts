/** How dialogs look: a sheet from below on phones, in the middle elsewhere. Base UI gives them their behaviour. */
export const DIALOG_BACKDROP = 'fixed inset-0 z-30 bg-black/40';
export const DIALOG_POPUP =
  'fixed inset-x-0 bottom-0 z-40 flex max-h-[92dvh] flex-col overflow-hidden rounded-t-lg bg-paper shadow-raised outline-none sm:inset-auto sm:top-1/2 sm:left-1/2 sm:max-h-[85dvh] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-lg sm:border sm:border-line';
