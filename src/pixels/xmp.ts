const DIGITAL_SOURCE_TYPES = 'http://cv.iptc.org/newscodes/digitalsourcetype/';
const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';

/**
 * Prefixes and namespaces of what is written. The last one is our own: `Model` (public slug), `RecipeHash` (SHA-256, hex),
 * `DerivedFromSHA256` (of the picture that was edited, hex) and `OriginalSHA256` (of the signed picture it was converted from). `xmpMM:DerivedFrom` is not used: it names XMP document
 * ids, and those pictures have none.
 */
export const XMP_NAMESPACES = {
  xmp: 'http://ns.adobe.com/xap/1.0/',
  Iptc4xmpExt: 'http://iptc.org/std/Iptc4xmpExt/2008-02-29/',
  atelier: 'urn:atelier:xmp:1.0:',
} as const;

/** What is written into pictures that were changed here; the names of IPTC's vocabulary. */
export interface XmpFacts {
  /**
   * `trainedAlgorithmicMedia` for generated pictures, `compositeWithTrainedAlgorithmicMedia` for edits of given ones; the
   * painter, which was not trained, makes `algorithmicMedia` and `algorithmicallyEnhanced` ones.
   */
  readonly digitalSourceType:
    | 'trainedAlgorithmicMedia'
    | 'compositeWithTrainedAlgorithmicMedia'
    | 'algorithmicMedia'
    | 'algorithmicallyEnhanced';
  readonly creatorTool: string;
  /** Public slug of the model that drew the picture. */
  readonly model: string;
  /** SHA-256 (hex) of the recipe; undefined when none is kept. */
  readonly recipeHash: string | undefined;
  /** The picture that was edited, by the SHA-256 (hex) of its bytes. */
  readonly derivedFrom?: { readonly sha256: string } | undefined;
  /** The provider's signed picture that this one was converted from, by the SHA-256 (hex) of its bytes. */
  readonly original?: { readonly sha256: string } | undefined;
}

/** One simple property as it stands in a packet; the value is unescaped. */
export interface XmpProperty {
  readonly prefix: keyof typeof XMP_NAMESPACES;
  readonly name: string;
  readonly value: string;
}

/** The properties that state the facts, in the order they are written; what XML can't hold is replaced by U+FFFD. */
export function xmpProperties(facts: XmpFacts): readonly XmpProperty[] {
  const stated: readonly (readonly [XmpProperty['prefix'], string, string | undefined])[] = [
    ['Iptc4xmpExt', 'DigitalSourceType', DIGITAL_SOURCE_TYPES + facts.digitalSourceType],
    ['xmp', 'CreatorTool', facts.creatorTool],
    ['atelier', 'Model', facts.model],
    ['atelier', 'RecipeHash', facts.recipeHash],
    ['atelier', 'DerivedFromSHA256', facts.derivedFrom?.sha256],
    ['atelier', 'OriginalSHA256', facts.original?.sha256],
  ];
  return stated.flatMap(([prefix, name, value]) =>
    value === undefined ? [] : [{ prefix, name, value: replaceUnwritable(value) }],
  );
}

/** A source type by its name in IPTC's vocabulary; any other text as it stands. */
export function digitalSourceTypeName(value: string): string {
  const address = value.trim().replace(/^https:/, 'http:');
  return address.startsWith(DIGITAL_SOURCE_TYPES) ? address.slice(DIGITAL_SOURCE_TYPES.length) : address;
}

/** Builds an XMP packet: the same facts give the same bytes. */
export function buildXmp(facts: XmpFacts): string {
  return [
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
    ` <rdf:RDF xmlns:rdf="${RDF}">`,
    ...descriptionLines(facts, ['rdf:about=""']),
    ' </rdf:RDF>',
    '</x:xmpmeta>',
    '<?xpacket end="r"?>',
  ].join('\n');
}

/** The facts as one more `rdf:Description` for a packet that is there; `about` is what the packet's others say. */
export function buildXmpDescription(facts: XmpFacts, about: string): string {
  const head = [`xmlns:rdf="${RDF}"`, `rdf:about="${escapeXml(replaceUnwritable(about))}"`];
  return descriptionLines(facts, head).join('\n');
}

function descriptionLines(facts: XmpFacts, head: readonly string[]): string[] {
  const namespaces = Object.entries(XMP_NAMESPACES).map(([prefix, uri]) => `    xmlns:${prefix}="${uri}"`);
  const elements = xmpProperties(facts).map(
    ({ prefix, name, value }) => `   <${prefix}:${name}>${escapeXml(value)}</${prefix}:${name}>`,
  );
  return [
    `  <rdf:Description ${head.join(' ')}`,
    ...namespaces.slice(0, -1),
    `${namespaces.at(-1) ?? ''}>`,
    ...elements,
    '  </rdf:Description>',
  ];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A parser would read a bare one as a line feed.
  '\r': '&#13;',
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r]/g, (char) => ENTITIES[char] ?? char);
}

function replaceUnwritable(text: string): string {
  return Array.from(text, (char) => (isXmlChar(char.codePointAt(0) ?? 0) ? char : '\ufffd')).join('');
}

/** The characters XML 1.0 can hold; half surrogates and most control characters can't be written, not even escaped. */
function isXmlChar(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
}
