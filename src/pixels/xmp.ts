const DIGITAL_SOURCE_TYPES = 'http://cv.iptc.org/newscodes/digitalsourcetype/';

/** What is written into pictures that were changed here; the names of IPTC's vocabulary. */
export interface XmpFacts {
  /** `trainedAlgorithmicMedia` for generated pictures, `compositeWithTrainedAlgorithmicMedia` for edits of given ones. */
  readonly digitalSourceType:
    'trainedAlgorithmicMedia' | 'compositeWithTrainedAlgorithmicMedia' | 'algorithmicMedia';
  readonly creatorTool: string;
  /** Public slug of the model that drew the picture. */
  readonly model: string;
  /** Hash of the recipe; undefined when none is kept. */
  readonly recipeHash: string | undefined;
}

/** Builds an XMP packet: the same facts give the same bytes. */
export function buildXmp(facts: XmpFacts): string {
  const properties: readonly (readonly [string, string | undefined])[] = [
    ['Iptc4xmpExt:DigitalSourceType', DIGITAL_SOURCE_TYPES + facts.digitalSourceType],
    ['xmp:CreatorTool', facts.creatorTool],
    ['atelier:Model', facts.model],
    ['atelier:RecipeHash', facts.recipeHash],
  ];
  const elements = properties.flatMap(([name, value]) =>
    value === undefined ? [] : [`   <${name}>${escapeXml(value)}</${name}>`],
  );
  return [
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
    ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '  <rdf:Description rdf:about=""',
    '    xmlns:xmp="http://ns.adobe.com/xap/1.0/"',
    '    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"',
    '    xmlns:atelier="urn:atelier:xmp:1.0:">',
    ...elements,
    '  </rdf:Description>',
    ' </rdf:RDF>',
    '</x:xmpmeta>',
    '<?xpacket end="r"?>',
  ].join('\n');
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
  return Array.from(text, (char) =>
    isXmlChar(char.codePointAt(0) ?? 0) ? (ENTITIES[char] ?? char) : '\ufffd',
  ).join('');
}

/** The characters XML 1.0 can hold; half surrogates and most control characters can't be written, not even escaped. */
function isXmlChar(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
}
