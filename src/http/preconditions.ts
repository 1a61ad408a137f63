import type { IncomingHttpHeaders } from 'node:http';

/** What tells two versions of a resource apart. */
export interface Validators {
  /** A strong one, in its quotes. */
  readonly etag: string;
  readonly lastModified: Date;
}

export type Precondition = 'send' | 'not-modified' | 'failed';

/** Decides a conditional GET or HEAD in the order of RFC 9110 §13.2.2. Dates that are none count as absent. */
export function checkPreconditions(
  headers: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): Precondition {
  const match = headers['if-match'];
  if (match !== undefined) {
    if (match.trim() !== '*' && !tagsOf(match).includes(etag)) return 'failed';
  } else {
    const since = parseDate(headers['if-unmodified-since']);
    if (since !== undefined && wholeSeconds(lastModified) > since) return 'failed';
  }
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) {
    const known = noneMatch.trim() === '*' || tagsOf(noneMatch).some((tag) => weakly(tag) === etag);
    return known ? 'not-modified' : 'send';
  }
  const since = parseDate(headers['if-modified-since']);
  return since !== undefined && wholeSeconds(lastModified) <= since ? 'not-modified' : 'send';
}

/**
 * The `Range` header, unless `If-Range` says that it was meant for other bytes. A date counts as a strong validator: what is
 * served under it never changes.
 */
export function rangeHeader(
  headers: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): string | undefined {
  const ifRange = headers['if-range'];
  if (typeof ifRange !== 'string') return headers.range;
  const same = ifRange.includes('"')
    ? ifRange.trim() === etag
    : parseDate(ifRange) === wholeSeconds(lastModified);
  return same ? headers.range : undefined;
}

function tagsOf(header: string): readonly string[] {
  return header.match(/(?:W\/)?"[^"]*"/g) ?? [];
}

function weakly(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}

/** Unix seconds of an HTTP date; only the form that is in use. */
function parseDate(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text))
    return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time / 1000;
}

/** HTTP dates know no fractions. */
function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
