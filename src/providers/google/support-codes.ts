/**
 * What the support codes in Google's refusals stand for (protocol notes §7). Codes of prompts turn up in refusals of
 * pictures too, so a code names a category and not a stage.
 */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  child: ['58061214', '17301594'],
  celebrity: ['29310472', '15236754'],
  dangerous: ['62263041'],
  hate: ['57734940', '22137204'],
  other: ['42876398', '29578790', '74803281'],
  people: ['39322892'],
  'personal information': ['92201652'],
  prohibited: ['89371032', '49114662', '72817394'],
  sexual: ['90789179', '63429089', '43188360'],
  toxic: ['78610348'],
  violence: ['61493863', '56562880'],
};

/** The categories named in a refusal as a suffix for a sentence, e.g. " (celebrity, people)"; empty if there are none. */
export function namedCategories(text: string): string {
  const codes: readonly string[] = text.match(/\b\d{8}\b/g) ?? [];
  const named = Object.entries(CATEGORIES).flatMap(([name, known]) =>
    known.some((code) => codes.includes(code)) ? [name] : [],
  );
  return named.length === 0 ? '' : ` (${named.join(', ')})`;
}
