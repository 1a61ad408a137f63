import { PROMPT_SLOTS, type ModelParams, type PromptSlot, type PromptStyle } from '../providers/model.js';
import { LABELS, takeLabel, takeNegation } from './labels.js';
import { countChars, languageOf, type PromptLanguage } from './language.js';
import { appendNegatives, splitNegative } from './negatives.js';
import { lettersOf, quotable, quotesFor, readPhrase, tidy } from './parse-prompt.js';
import { splitSegments } from './segments.js';
import type { StructuredPrompt } from './structured-prompt.js';

/** How a structured prompt is worded for one model. */
export interface Composition {
  readonly prompt: string;
  /** For the model's own field; undefined where it has none or nothing is to be left out. */
  readonly negativePrompt: string | undefined;
  /** Things to leave out, said in the prompt because they could not go into a field. */
  readonly saidNegatives: readonly string[];
  readonly language: PromptLanguage;
  readonly form: PromptStyle['form'];
  readonly style: PromptStyle;
  /** Slots in the order in which they are said. */
  readonly order: readonly PromptSlot[];
  /** True where labels had to go for length. */
  readonly shortened: boolean;
  /** Slots that the model has no room for, least important first. */
  readonly leftOut: readonly PromptSlot[];
  readonly chars: number;
  readonly maxChars: number;
}

/** It doesn't fit, whatever is left out. */
export interface TooLong {
  readonly tooLong: true;
  /** Characters of the shortest wording. */
  readonly chars: number;
  readonly maxChars: number;
}

/** What composing needs to know of a model and a call. */
export interface ComposeFor {
  readonly params: Pick<ModelParams, 'promptMaxChars' | 'negativePrompt' | 'promptStyle' | 'promptRevision'>;
  /** Things to leave out beside those of the prompt. */
  readonly negativePrompt: string | undefined;
  /** Characters that the call adds itself. */
  readonly keepPrompt: boolean;
  /** False: all slots and labels, or not at all. */
  readonly mayShorten: boolean;
}

/** For models whose entry says nothing: labels, subject first. */
export const USUAL_STYLE: PromptStyle = {
  form: 'labels',
  order: PROMPT_SLOTS,
  languages: undefined,
  lettering: { scripts: ['latin'], maxChars: 40 },
  why: 'nothing particular is known of this model; labels and the usual order are read by most',
};

/** What gives way first where a model takes less; the subject, the text and what is to be avoided never do. */
const GIVES_WAY: readonly PromptSlot[] = ['mood', 'details', 'lighting', 'composition', 'style'];

/**
 * Words a structured prompt for one model: in its order and form, with labels of the prompt's own language, within its limit.
 * Where it is too long, labels go first and then whole slots, the least important first; nothing is ever cut in the middle.
 */
export function composePrompt(prompt: StructuredPrompt, target: ComposeFor): Composition | TooLong {
  const { params, mayShorten } = target;
  const style = params.promptStyle ?? USUAL_STYLE;
  const slots = said(prompt);
  const text = quotable((prompt.text ?? '').trim());
  const language = languageOf([...slots.values(), ...(prompt.avoid ?? [])].join(' '));
  const things = avoided(prompt, target.negativePrompt);
  const native = things.join(', ');
  const fitsField =
    things.length > 0 &&
    params.negativePrompt !== undefined &&
    countChars(native) <= params.negativePrompt.maxChars;
  const saidNegatives = fitsField ? [] : things;
  const maxChars = params.promptMaxChars - addedChars(target);
  const order = style.order.filter((slot) => slots.has(slot));
  const base = {
    negativePrompt: fitsField ? native : undefined,
    saidNegatives,
    language,
    style,
    maxChars,
  };
  let chars = 0;
  for (const { form, leftOut, shortened } of attempts(style, order, mayShorten)) {
    const kept = order.filter((slot) => !leftOut.includes(slot));
    const worded = word({ slots, order: kept, text, language, form });
    const whole = appendNegatives(worded, saidNegatives, language);
    chars = countChars(whole);
    if (chars <= maxChars) return { ...base, prompt: whole, form, order: kept, shortened, leftOut, chars };
  }
  return { tooLong: true, chars, maxChars };
}

/** A structured prompt as text for no model in particular, whole. */
export function plainText(prompt: StructuredPrompt): string {
  const composed = composePrompt(prompt, {
    params: {
      promptMaxChars: Number.MAX_SAFE_INTEGER,
      negativePrompt: undefined,
      promptStyle: USUAL_STYLE,
      promptRevision: { kind: 'never' },
    },
    negativePrompt: undefined,
    keepPrompt: false,
    mayShorten: false,
  });
  return 'tooLong' in composed ? '' : composed.prompt;
}

/** What the call's own additions take of the limit. */
function addedChars({ params, keepPrompt }: ComposeFor): number {
  const { promptRevision } = params;
  return keepPrompt && promptRevision.kind === 'switchable' ? (promptRevision.addsChars ?? 0) : 0;
}

interface Attempt {
  readonly form: PromptStyle['form'];
  readonly leftOut: readonly PromptSlot[];
  readonly shortened: boolean;
}

function* attempts(
  style: PromptStyle,
  order: readonly PromptSlot[],
  mayShorten: boolean,
): Generator<Attempt, void, undefined> {
  yield { form: style.form, leftOut: [], shortened: false };
  if (!mayShorten) return;
  const shortened = style.form === 'labels';
  if (shortened) yield { form: 'phrases', leftOut: [], shortened };
  const leftOut: PromptSlot[] = [];
  for (const slot of GIVES_WAY.filter((name) => order.includes(name))) {
    // Something has to be left to paint.
    if (leftOut.length === order.length - 1) return;
    leftOut.push(slot);
    yield { form: 'phrases', leftOut: [...leftOut], shortened };
  }
}

/** Slots that say something, tidied. */
function said(prompt: StructuredPrompt): ReadonlyMap<PromptSlot, string> {
  const slots = new Map<PromptSlot, string>();
  for (const slot of PROMPT_SLOTS) {
    const text = tidy(prompt[slot] ?? '');
    if (text !== '') slots.set(slot, text);
  }
  return slots;
}

function avoided(prompt: StructuredPrompt, negativePrompt: string | undefined): readonly string[] {
  const things = [
    ...(prompt.avoid ?? []).flatMap((thing) => splitNegative(tidy(thing))),
    ...splitNegative(negativePrompt ?? ''),
  ];
  return [...new Set(things)];
}

interface Wording {
  readonly slots: ReadonlyMap<PromptSlot, string>;
  readonly order: readonly PromptSlot[];
  readonly text: string;
  readonly language: PromptLanguage;
  readonly form: PromptStyle['form'];
}

function word(wording: Wording): string {
  return wording.form === 'labels' ? wordLabels(wording) : wordPhrases(wording);
}

/** "subject. Style: …. Lighting: …." */
function wordLabels({ slots, order, text, language }: Wording): string {
  const sentences = order.map((slot) => {
    const words = slots.get(slot) ?? '';
    return slot === 'subject' && showsItself('subject', words, false)
      ? words
      : labelled(slot, words, language);
  });
  if (text !== '') sentences.push(labelled('text', quote(text), language));
  const [stop, gap] = language === 'zh' ? ['。', ''] : ['.', ' '];
  return sentences.map((sentence) => endSentence(sentence, stop)).join(gap);
}

/** "subject, style, lighting": a label only where the words don't show what they are. */
function wordPhrases({ slots, order, text, language }: Wording): string {
  const zh = language === 'zh';
  let worded = '';
  let labelOpen = false;
  let hasSubject = false;
  const add = (phrase: string, label: boolean): void => {
    const gap = labelOpen || label ? (zh ? '；' : '; ') : zh ? '，' : ', ';
    worded = worded === '' ? phrase : `${worded}${gap}${phrase}`;
    labelOpen = label;
  };
  for (const slot of order) {
    const words = slots.get(slot) ?? '';
    const plain = showsItself(slot, words, hasSubject);
    add(plain ? words : labelled(slot, words, language), !plain);
    if (slot === 'subject') hasSubject = true;
  }
  if (text !== '') add(zh ? `文字${quote(text)}` : `with the text ${quote(text)}`, false);
  return worded;
}

/** Whether words without a label would be read as this very slot. */
function showsItself(slot: PromptSlot, words: string, hasSubject: boolean): boolean {
  const segments = splitSegments(words);
  if (slot === 'subject' && segments.length !== 1) return false;
  return segments.every(({ text }) => {
    if (takeLabel(text) !== undefined || takeNegation(text) !== undefined) return false;
    if (lettersOf(text) !== undefined) return false;
    const pieces = readPhrase(text, hasSubject);
    return pieces.length === 1 && pieces[0]?.slot === slot;
  });
}

function labelled(slot: PromptSlot | 'text', words: string, language: PromptLanguage): string {
  const label = LABELS[language][slot];
  return language === 'zh' ? `${label}：${words}` : `${label}: ${words}`;
}

function endSentence(sentence: string, stop: string): string {
  return /[.!?。！？]$/.test(sentence) ? sentence : sentence + stop;
}

function quote(text: string): string {
  const [opener, closer] = quotesFor(text);
  return opener + text + closer;
}
