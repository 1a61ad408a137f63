import type { Plan } from '../api/images.js';

/** Reasons as sentences. How parts are worded for a model is the receipt's to tell. */
export function notesOf(plan: Plan): readonly string[] {
  const notes = plan.adjustments.filter(({ param }) => param !== 'prompt' && param !== 'partial_images');
  return [...new Set(notes.map(({ reason }) => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`))];
}
