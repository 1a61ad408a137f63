import type { XmpFacts } from './paint-request.js';

const vocabulary = 'http://cv.iptc.org/newscodes/digitalsourcetype';

/** The XMP packet that tells what made a picture, in the terms of IPTC's digital source types. */
export function xmpPacket(facts: XmpFacts): string {
  const description =
    facts.description === undefined
      ? ''
      : `<dc:description><rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(facts.description)}</rdf:li></rdf:Alt></dc:description>`;
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><xmp:CreatorTool>${escapeXml(facts.creatorTool)}</xmp:CreatorTool><Iptc4xmpExt:DigitalSourceType>${vocabulary}/${facts.digitalSourceType}</Iptc4xmpExt:DigitalSourceType>${description}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;
}

/** Escapes text for XML and drops what XML 1.0 can't hold (controls, lone surrogates). */
export function escapeXml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\p{Cs}\ufffe\uffff]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
