import { useSyncExternalStore } from 'react';
import * as z from 'zod/mini';

const choiceSchema = z.enum(['system', 'light', 'dark']);
export type ThemeChoice = z.output<typeof choiceSchema>;
export const THEME_CHOICES = choiceSchema.options;

const PLACE = 'atelier.theme';
const listeners = new Set<() => void>();

/** Applies what was chosen in this browser; called before anything is drawn. */
export function applyTheme(): void {
  const choice = readChoice();
  if (choice === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = choice;
}

/** The choice, and how to change it. */
export function useThemeChoice(): readonly [ThemeChoice, (choice: ThemeChoice) => void] {
  return [useSyncExternalStore(subscribe, readChoice), writeChoice];
}

function readChoice(): ThemeChoice {
  const parsed = choiceSchema.safeParse(localStorage.getItem(PLACE));
  return parsed.success ? parsed.data : 'system';
}

function writeChoice(choice: ThemeChoice): void {
  localStorage.setItem(PLACE, choice);
  applyTheme();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
