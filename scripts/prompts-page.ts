/** `docs/prompts.md`: the worked example for every model of the guide, and the rules of the lint with their examples. */
import { Catalogue } from '../src/catalogue/catalogue.js';
import { composeForModels } from '../src/prompts/compose-for-models.js';
import type { LintInput } from '../src/prompts/lint/findings.js';
import { RULES } from '../src/prompts/lint/lint-prompt.js';
import { VAGUE_WORDS, type VagueCategory } from '../src/prompts/lint/vague-words.js';
import { GUIDE_EXAMPLE, GUIDE_MODELS } from '../src/prompts/worked-example.js';
import { providers } from '../src/providers/registry.js';
import { RECIPES_SECTION } from './recipes-section.js';

export function promptsPage(): string {
  return [
    '# Prompts in parts, worded and looked over',
    '',
    'Generated from the code by `npm run generate`.',
    '',
    '## One prompt, six wordings',
    '',
    '```json',
    JSON.stringify(GUIDE_EXAMPLE, null, 2),
    '```',
    '',
    'What `POST /v1/prompts/compose` answers for it. A call with this prompt sends exactly that.',
    '',
    ...renderings(),
    ...RECIPES_SECTION,
    '## What the lint looks for',
    '',
    'Rules over English and Chinese words; nothing is known of pictures. Each has examples that it finds fault with and examples that pass, and the',
    'tests run all of them.',
    '',
    ...RULES.flatMap((rule) => [
      `### \`${rule.id}\``,
      '',
      `${rule.title}. ${rule.why}`,
      '',
      ...rule.examples.fails.map((input) => `- finds fault with ${shown(input)}`),
      ...rule.examples.passes.map((input) => `- passes ${shown(input)}`),
      '',
    ]),
    '## Vague words',
    '',
    `${VAGUE_WORDS.length} words and phrases, each with words that say something.`,
    '',
    ...(['lighting', 'style', 'composition', 'quality'] as const).flatMap(vagueTable),
    '## How often it is wrong',
    '',
    'Thirty prompts as people write them (26 English, 4 Chinese; portraits, products, logos, scenes, posters) were linted on 2026-11-28 and every finding read by',
    'eye: 26 findings on 12 prompts, 18 prompts without any. Two were judged false alarms: "futuristic" before "city", which narrows',
    'the city more than the rule allows for, and a style named first in the way of painters ("oil painting, stormy sea, …").',
    'Suggestions for adjectives are examples, not corrections: whether "with dew on every petal" fits is for you to say.',
    '',
  ].join('\n');
}

function renderings(): readonly string[] {
  const catalogue = new Catalogue(providers);
  const wish = {
    prompt: GUIDE_EXAMPLE,
    negativePrompt: undefined,
    keepPrompt: false,
    mayShorten: true,
    operation: 'generate',
  } as const;
  return composeForModels(wish, GUIDE_MODELS, catalogue).flatMap((rendering) => [
    `### ${rendering.model}`,
    '',
    `> ${rendering.prompt ?? ''}`,
    '',
    ...(rendering.negativePrompt === undefined
      ? []
      : [`Negative prompt: \`${rendering.negativePrompt}\``, '']),
    ...rendering.explanation.map((reason) => `- ${reason}`),
    '',
  ]);
}

function shown({ prompt, negativePrompt, operation, models }: LintInput): string {
  const words = typeof prompt === 'string' ? prompt : JSON.stringify(prompt);
  const short = words.length > 160 ? `${words.slice(0, 160)}…` : words;
  const more = [
    ...(negativePrompt === undefined ? [] : [`negative prompt \`${negativePrompt}\``]),
    ...(operation === undefined ? [] : [`as an ${operation}`]),
    ...(models ?? []).map(
      ({ params }) =>
        `for a model of ${params.promptMaxChars} characters that letters ${params.promptStyle?.lettering.maxChars ?? 0} of ${params.promptStyle?.lettering.scripts.join(', ') ?? ''}`,
    ),
  ];
  return `\`${short.replaceAll('`', "'")}\`${more.length === 0 ? '' : ` (${more.join('; ')})`}`;
}

function vagueTable(category: VagueCategory): readonly string[] {
  const byAlternatives = new Map<string, string[]>();
  for (const { phrase, instead } of VAGUE_WORDS.filter((word) => word.category === category)) {
    const key = instead.join('; ');
    byAlternatives.set(key, [...(byAlternatives.get(key) ?? []), phrase]);
  }
  return [
    `### ${category.charAt(0).toUpperCase()}${category.slice(1)}`,
    '',
    '| instead of | say for example |',
    '|---|---|',
    ...[...byAlternatives].map(([alternatives, phrases]) => `| ${phrases.join(', ')} | ${alternatives} |`),
    '',
  ];
}
