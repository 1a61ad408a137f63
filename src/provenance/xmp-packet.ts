import { buildXmp, buildXmpDescription, XMP_NAMESPACES, xmpProperties } from '../pixels/xmp.js';
import type { XmpFacts } from '../pixels/xmp.js';
import { MAX_PACKET_BYTES } from './found.js';
import { scanXmp } from './scan-xmp.js';
import type { ScannedXmp } from './scan-xmp.js';

const DUBLIN_CORE_TERMS = 'http://purl.org/dc/terms/';

/** A packet's text and what stands in it. */
export interface ReadPacket extends ScannedXmp {
  readonly text: string;
}

/** Reads a packet in UTF-8; undefined, with a remark, when that isn't possible. */
export function readPacket(packet: Buffer | undefined, problems: Set<string>): ReadPacket | undefined {
  if (packet === undefined) return undefined;
  if (packet.length > MAX_PACKET_BYTES) {
    problems.add('The XMP packet is too large to be read.');
    return undefined;
  }
  const text = decode(packet);
  const scanned = text === undefined ? undefined : scanXmp(text);
  if (text === undefined || scanned === undefined) {
    problems.add('The XMP packet is damaged or of an unusual kind.');
    return undefined;
  }
  return { text, ...scanned };
}

function decode(packet: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(packet);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The value of one property; undefined when it is missing or no plain text. */
export function propertyOf({ properties }: ScannedXmp, namespace: string, name: string): string | undefined {
  return properties.find((property) => property.namespace === namespace && property.name === name)?.value;
}

/** `dcterms:provenance` names a manifest that is kept elsewhere (C2PA specification, "embedding a reference"). */
export function remoteManifestOf(packet: ScannedXmp): string | undefined {
  return propertyOf(packet, DUBLIN_CORE_TERMS, 'provenance');
}

/** Whether a packet states exactly these facts, and no others of their kind. */
export function statesFacts(packet: ScannedXmp, facts: XmpFacts): boolean {
  const wanted = xmpProperties(facts).map(({ prefix, name, value }) =>
    JSON.stringify([XMP_NAMESPACES[prefix], name, value]),
  );
  const stated = packet.properties
    .filter(isOurs)
    .map(({ namespace, name, value }) => JSON.stringify([namespace, name, value]));
  return wanted.length === stated.length && wanted.every((property) => stated.includes(property));
}

/** Whether the property is one that marking writes. */
function isOurs({ namespace, name }: { namespace: string; name: string }): boolean {
  if (namespace === XMP_NAMESPACES.atelier) return true;
  if (namespace === XMP_NAMESPACES.Iptc4xmpExt) return name === 'DigitalSourceType';
  return namespace === XMP_NAMESPACES.xmp && name === 'CreatorTool';
}

/**
 * The packet to write: a new one, or the one that is there with one more description. Undefined when that one says
 * something of ours already, names credentials kept elsewhere, or can't be added to.
 */
export function packetWith(facts: XmpFacts, present: ReadPacket | undefined): Buffer | undefined {
  if (present === undefined) return Buffer.from(buildXmp(facts));
  const { text, about, rdfEnd, properties } = present;
  if (rdfEnd === undefined || properties.some(isOurs) || remoteManifestOf(present) !== undefined)
    return undefined;
  return Buffer.from(`${text.slice(0, rdfEnd)}${buildXmpDescription(facts, about)}\n${text.slice(rdfEnd)}`);
}
