import { contextOf, type Finding, type LintInput, type Rule } from './findings.js';
import { tooLong, unletterableText } from './rule-models.js';
import { contradiction, misplacedNegative } from './rule-negatives.js';
import { severalSubjects, subjectNotFirst, unanchoredStyle } from './rule-structure.js';
import { fillerOpening, foreignSyntax, unquotedText, vagueWord } from './rule-wording.js';

/** All rules, each with its reason and examples. */
export const RULES: readonly Rule[] = [
  subjectNotFirst,
  vagueWord,
  contradiction,
  tooLong,
  misplacedNegative,
  unanchoredStyle,
  unletterableText,
  unquotedText,
  severalSubjects,
  fillerOpening,
  foreignSyntax,
];

/** Nobody reads more. */
export const MAX_FINDINGS = 200;

/**
 * Looks for what will probably not come out as meant, by rules over words: nothing is known of pictures. In the order of the
 * text; at most `MAX_FINDINGS`. Linear in the length of the prompt.
 */
export function lintPrompt(input: LintInput): readonly Finding[] {
  const context = contextOf(input);
  const names = [...context.said, ...context.negatives].map(({ name }) => name);
  return RULES.flatMap((rule) => rule.check(context))
    .sort((a, b) => names.indexOf(a.field) - names.indexOf(b.field) || a.start - b.start)
    .slice(0, MAX_FINDINGS);
}
