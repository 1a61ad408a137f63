import type { PromptSlot } from '../providers/model.js';
import type { Composition } from './compose-prompt.js';
import { countChars, scriptsOf } from './language.js';
import type { StructuredPrompt } from './structured-prompt.js';

const LANGUAGE_NAMES: Readonly<Record<string, string>> = { en: 'English', zh: 'Chinese' };

/** Why a rendering is as it is, one sentence each, for people. @param slug of the model */
export function explainComposition(
  composition: Composition,
  prompt: StructuredPrompt,
  slug: string,
): readonly string[] {
  const { style, form, order, language, negativePrompt, saidNegatives, chars, maxChars } = composition;
  const reasons = [`Order: ${order.join(', ')}. ${sentence(style.why)}`];
  reasons.push(
    form === 'labels'
      ? `Each part but the subject stands under its name, in ${LANGUAGE_NAMES[language] ?? language} like the prompt.`
      : 'One run of phrases; a part gets its name only where its words would be taken for something else.',
  );
  if (composition.shortened) reasons.push('The names of the parts were left out to save room.');
  if (negativePrompt !== undefined) {
    reasons.push(`${slug} has a field for what to leave out: "${negativePrompt}" goes there.`);
  }
  if (saidNegatives.length > 0) {
    reasons.push(`${slug} has no room elsewhere for what to leave out: said at the end of the prompt.`);
  }
  const foreign = foreignLanguage(composition);
  if (foreign !== undefined) reasons.push(foreign);
  reasons.push(...explainLettering(composition, prompt, slug));
  if (composition.leftOut.length > 0) {
    reasons.push(
      `Left out, because ${slug} takes ${maxChars} characters: ${composition.leftOut.join(', ')}.`,
    );
  }
  reasons.push(`${chars} of ${maxChars} characters.`);
  return reasons;
}

/** A warning where the prompt is in a language that the model isn't known to read. */
function foreignLanguage({ style, language }: Composition): string | undefined {
  const { languages } = style;
  if (languages === undefined || languages.includes(language)) return undefined;
  return `The prompt is in ${LANGUAGE_NAMES[language] ?? language}, which this model is not known to read well. Nothing was translated.`;
}

function explainLettering({ style }: Composition, prompt: StructuredPrompt, slug: string): readonly string[] {
  const text = prompt.text?.trim() ?? '';
  if (text === '') return [];
  const problem = letteringProblem(text, style.lettering);
  return [
    'The words to be lettered stand between quotes, so that they are taken as they are.',
    ...(problem === undefined ? [] : [`${slug} ${problem}.`]),
  ];
}

/** What is likely to go wrong with a text to be lettered, as a predicate; undefined where nothing is. */
export function letteringProblem(
  text: string,
  { scripts, maxChars }: Composition['style']['lettering'],
): string | undefined {
  const chars = countChars(text);
  const foreign = [...scriptsOf(text)].filter((script) => !scripts.includes(script));
  if (foreign.length > 0) {
    const names = foreign.map((script) => SCRIPT_NAMES[script]).join(' and ');
    return `is not known to letter ${names}`;
  }
  return chars > maxChars
    ? `letters some ${maxChars} characters reliably; this text has ${chars}`
    : undefined;
}

const SCRIPT_NAMES = { latin: 'Latin letters', han: 'Chinese characters', other: 'this script' } as const;

/** Slots that were left out, as words of a reason. */
export function leftOutReason(slot: PromptSlot, slug: string, maxChars: number): string {
  return `${slug} takes at most ${maxChars} characters; the ${slot} was left out so that the rest is whole`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
