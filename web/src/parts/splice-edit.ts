import type { TextEdit } from '../api/prompts.js';

/** A text with one suggested change. */
export function splice(text: string, { start, end, text: replacement }: TextEdit): string {
  return text.slice(0, start) + replacement + text.slice(end);
}
