/** Punctuation and marks that stand around words. */
const EDGE = /[\s.,;:!?…，、；：。！？*•]/;

/** Where a text begins and ends without its outer blanks, punctuation and bullets. */
export function findEdges(
  text: string,
  from: number,
  to: number,
): { readonly start: number; readonly end: number } {
  let start = from;
  let end = to;
  const isEdge = (index: number) =>
    EDGE.test(text.charAt(index)) && !(text.charAt(index) === '.' && /\d/.test(text.charAt(index + 1)));
  const isBullet = (index: number) =>
    /[-#>]/.test(text.charAt(index)) && /[\s#]/.test(text.charAt(index + 1));
  while (start < end && (isEdge(start) || isBullet(start))) start += 1;
  while (end > start && EDGE.test(text.charAt(end - 1))) end -= 1;
  return { start, end };
}

/** A text without its outer blanks, punctuation and bullets. */
export function trimEdges(text: string): string {
  const { start, end } = findEdges(text, 0, text.length);
  return text.slice(start, end);
}

/** The same at the start only. */
export function trimStart(text: string): string {
  return text.slice(findEdges(text, 0, text.length).start);
}
