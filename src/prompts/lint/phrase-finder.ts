/** A phrase met in a text. Offsets are UTF-16 units. */
export interface PhraseHit<T> {
  readonly phrase: string;
  readonly value: T;
  readonly start: number;
  readonly end: number;
  /** The word behind it, lower case; empty at the end. */
  readonly next: string;
}

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const WORD = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu;
const HAN = /\p{Script=Han}/u;

/** Finds phrases of a fixed list in texts: the longest first, each stretch of text once. Linear in the text. */
export class PhraseFinder<T> {
  readonly #phrases = new Map<string, T>();
  readonly #han = new Map<string, T>();
  #mostWords = 1;
  #longestHan = 1;

  constructor(entries: Iterable<readonly [string, T]>) {
    for (const [phrase, value] of entries) {
      if (HAN.test(phrase)) {
        this.#han.set(phrase, value);
        this.#longestHan = Math.max(this.#longestHan, phrase.length);
      } else {
        this.#phrases.set(phrase, value);
        this.#mostWords = Math.max(this.#mostWords, phrase.split(' ').length);
      }
    }
  }

  find(text: string): readonly PhraseHit<T>[] {
    return [...this.#findWords(text), ...this.#findHan(text)].sort((a, b) => a.start - b.start);
  }

  #findWords(text: string): readonly PhraseHit<T>[] {
    const tokens = tokensOf(text);
    const hits: PhraseHit<T>[] = [];
    for (let index = 0; index < tokens.length; index += 1) {
      const hit = this.#phraseAt(text, tokens, index);
      if (hit === undefined) continue;
      hits.push(hit.found);
      index += hit.words - 1;
    }
    return hits;
  }

  #phraseAt(
    text: string,
    tokens: readonly Token[],
    index: number,
  ): { readonly found: PhraseHit<T>; readonly words: number } | undefined {
    for (let words = Math.min(this.#mostWords, tokens.length - index); words > 0; words -= 1) {
      const last = tokens[index + words - 1];
      const first = tokens[index];
      if (first === undefined || last === undefined || last.end - first.start > 80) continue;
      const phrase = text
        .slice(first.start, last.end)
        .toLowerCase()
        .replaceAll('’', "'")
        .replace(/\s+/g, ' ');
      const value = this.#phrases.get(phrase);
      if (value === undefined) continue;
      const next = tokens[index + words];
      const adjacent = next !== undefined && text.slice(last.end, next.start).trim() === '';
      return {
        found: {
          phrase,
          value,
          start: first.start,
          end: last.end,
          next: adjacent ? next.text.toLowerCase() : '',
        },
        words,
      };
    }
    return undefined;
  }

  #findHan(text: string): readonly PhraseHit<T>[] {
    const hits: PhraseHit<T>[] = [];
    if (this.#han.size === 0) return hits;
    for (let index = 0; index < text.length; index += 1) {
      for (let length = Math.min(this.#longestHan, text.length - index); length > 0; length -= 1) {
        const phrase = text.slice(index, index + length);
        const value = this.#han.get(phrase);
        if (value === undefined) continue;
        hits.push({ phrase, value, start: index, end: index + length, next: '' });
        index += length - 1;
        break;
      }
    }
    return hits;
  }
}

/** Words of a text without Chinese. */
export function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(WORD)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
}
