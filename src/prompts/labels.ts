import type { PromptSlot } from '../providers/model.js';
import { trimStart } from './edges.js';
import type { PromptLanguage } from './language.js';

/** Where the words behind a label go. */
export type LabelTarget = PromptSlot | 'text' | 'avoid';

/** Labels as they are written, by language. */
export const LABELS: Readonly<Record<PromptLanguage, Readonly<Record<LabelTarget, string>>>> = {
  en: {
    subject: 'Subject',
    style: 'Style',
    composition: 'Composition',
    lighting: 'Lighting',
    details: 'Details',
    mood: 'Mood',
    text: 'Text',
    avoid: 'Avoid',
  },
  zh: {
    subject: '主体',
    style: '风格',
    composition: '构图',
    lighting: '光线',
    details: '细节',
    mood: '氛围',
    text: '文字',
    avoid: '避免',
  },
};

/** Labels as they are read; people have many names for one thing. */
const READ: Readonly<Record<LabelTarget, string>> = {
  subject: 'subject|main subject|主体|主题|画面主体',
  style: 'style|art style|medium|风格|画风|艺术风格',
  composition:
    'composition|framing|camera|camera angle|angle|shot|shot type|perspective|viewpoint|layout|构图|镜头|视角|景别|机位',
  lighting: 'lighting|light|光线|光照|灯光|光影',
  details:
    'details|detail|background|setting|scene|environment|context|colours|colors|palette|细节|背景|场景|环境|色彩',
  mood: 'mood|atmosphere|feeling|tone|氛围|情绪|气氛|意境',
  text: 'text|lettering|caption|title|文字|文案|标题',
  avoid: 'avoid|negative|negative prompt|exclude|避免|负面|负面提示词|反向提示词|不要',
};

const TARGETS: ReadonlyMap<string, LabelTarget> = new Map(
  (['subject', 'style', 'composition', 'lighting', 'details', 'mood', 'text', 'avoid'] as const).flatMap(
    (target) => READ[target].split('|').map((name) => [name, target] as const),
  ),
);
const MAX_LABEL_CHARS = 24;

/** A label at the start of a segment ("**Style:** oil" has its stars taken off), and what follows it. */
export function takeLabel(text: string): { readonly target: LabelTarget; readonly rest: string } | undefined {
  const head = text.slice(0, MAX_LABEL_CHARS + 1);
  const colon = head.search(/[:：]/);
  if (colon < 1) return undefined;
  const name = head.slice(0, colon).replaceAll('*', '').trim().replace(/\s+/g, ' ').toLowerCase();
  const target = TARGETS.get(name);
  if (target === undefined) return undefined;
  return { target, rest: trimStart(text.slice(colon + 1)) };
}

const NEGATION_EN =
  /^(?:no|without(?: any)?|avoid|exclude|excluding|(?:do not|don't|don’t)(?: (?:include|show|draw|add|use|paint))?)\s+/i;
/** "no one", "no longer", "no man's land": not about leaving something out. */
const NO_NEGATION = /^no\s+(?:one|longer|matter|more|less|man['’]s|sooner|wonder)(?![\p{L}\p{N}])/iu;
const NEGATION_ZH = /^(?:不要(?:出现|画|有|包含)?|没有|避免(?:出现)?|请勿|禁止|不含|不出现)\s*(?=\S)/;

/** What a segment wants to be left out: "no people" gives "people". undefined for a segment that wants nothing out. */
export function takeNegation(text: string): string | undefined {
  let rest = text;
  for (;;) {
    const match = NO_NEGATION.test(rest) ? null : (NEGATION_EN.exec(rest) ?? NEGATION_ZH.exec(rest));
    if (match === null) break;
    rest = trimStart(rest.slice(match[0].length));
  }
  return rest === text || rest === '' ? undefined : rest;
}

/** Whether a text begins with a label or a negation. */
export function startsWithSign(text: string): boolean {
  return takeLabel(text) !== undefined || takeNegation(text) !== undefined;
}
