/** One piece of an XML text. */
export type XmlTag =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'open';
      readonly name: string;
      /** Values are unescaped. */
      readonly attributes: readonly (readonly [string, string])[];
      readonly isEmpty: boolean;
    }
  | { readonly kind: 'close'; readonly name: string; readonly at: number };

const MAX_ATTRIBUTES = 500;
const NAME = /[^\s/>"'=<&]+/y;
const ATTRIBUTE = /\s+([^\s/>"'=<&]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Cuts an XML text into its tags, in linear time; instructions and comments are passed over. Yields undefined, as the last
 * piece, where it is malformed or declares a document type: what that may bring (entities, files) is never wanted here.
 */
export function* tagsOf(text: string): Generator<XmlTag | undefined, void> {
  let at = 0;
  while (at < text.length) {
    const start = text.indexOf('<', at);
    if (start !== at) {
      yield { kind: 'text', text: unescapeXml(text.slice(at, start < 0 ? undefined : start)) };
      if (start < 0) return;
    }
    const special = passOver(text, start);
    if (special !== undefined) {
      if (special.text !== undefined) yield { kind: 'text', text: special.text };
      at = special.end;
    } else {
      const found = readTag(text, start);
      yield found?.tag;
      if (found === undefined) return;
      at = found.end;
    }
    if (at < 0) {
      yield undefined;
      return;
    }
  }
}

/** Instructions, comments and literal text; the end is negative when it is missing. */
function passOver(text: string, at: number): { end: number; text: string | undefined } | undefined {
  for (const [head, tail] of [
    ['<?', '?>'],
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
  ] as const) {
    if (!text.startsWith(head, at)) continue;
    const end = text.indexOf(tail, at + head.length);
    if (end < 0) return { end, text: undefined };
    const isLiteral = head === '<![CDATA[';
    return { end: end + tail.length, text: isLiteral ? text.slice(at + head.length, end) : undefined };
  }
  return undefined;
}

function readTag(text: string, at: number): { tag: XmlTag; end: number } | undefined {
  const isClose = text[at + 1] === '/';
  const name = match(NAME, text, at + (isClose ? 2 : 1))?.[0];
  if (name === undefined || name.startsWith('!')) return undefined;
  let end = at + (isClose ? 2 : 1) + name.length;
  const attributes: (readonly [string, string])[] = [];
  for (let found = match(ATTRIBUTE, text, end); found !== undefined; found = match(ATTRIBUTE, text, end)) {
    attributes.push([found[1] ?? '', unescapeXml(found[2] ?? found[3] ?? '')]);
    end += found[0].length;
    if (attributes.length > MAX_ATTRIBUTES) return undefined;
  }
  const tail = match(TAG_END, text, end);
  if (tail === undefined) return undefined;
  end += tail[0].length;
  if (!isClose) return { tag: { kind: 'open', name, attributes, isEmpty: tail[1] === '/' }, end };
  return attributes.length > 0 ? undefined : { tag: { kind: 'close', name, at }, end };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** Unknown entities stay as they are. */
function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|([a-z]{2,4}));/g, (whole, ...groups: string[]) => {
    const [decimal, hexadecimal, name] = groups;
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
