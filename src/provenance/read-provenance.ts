import { measureBuffer } from '../pixels/measure.js';
import { digitalSourceTypeName, XMP_NAMESPACES } from '../pixels/xmp.js';
import { readManifestStore } from './c2pa.js';
import { asBuffer, findProvenance } from './find-provenance.js';
import type { FoundIn } from './find-provenance.js';
import { clip } from './report.js';
import type { C2paReport, ProvenanceReport, XmpReport } from './report.js';
import { propertyOf, readPacket, remoteManifestOf } from './xmp-packet.js';

/**
 * Reads what a picture says of its origin: content credentials (C2PA) and XMP, in PNG, JPEG, WebP and AVIF. Signatures and
 * hashes are not checked. Never throws, whatever the bytes; time and memory grow with their number and no faster.
 */
export function readProvenance(bytes: Uint8Array): ProvenanceReport {
  const problems = new Set<string>();
  const found = findProvenance(asBuffer(bytes), problems);
  if (found === undefined) {
    problems.add('The bytes are no PNG, JPEG, WebP or AVIF.');
    return { mimeType: undefined, c2pa: undefined, xmp: undefined, problems: [...problems] };
  }
  const c2pa = reportC2pa(bytes, found, problems);
  const xmp = reportXmp(found, problems);
  return { mimeType: found.mimeType, c2pa, xmp, problems: [...problems] };
}

function reportC2pa(bytes: Uint8Array, found: FoundIn, problems: Set<string>): C2paReport | undefined {
  const nothing = { labels: [], activeManifest: undefined, manifests: [] };
  if (found.c2pa === undefined) {
    if (measureBuffer(bytes)?.c2pa !== true) return undefined;
    problems.add('C2PA stands in an unusual place, where it is not read.');
    return { verification: 'unverified', place: 'elsewhere', sizeBytes: 0, ...nothing };
  }
  const { place, boxes } = found.c2pa;
  const facts = boxes === undefined ? nothing : readManifestStore(boxes, problems);
  return { verification: 'unverified', place, sizeBytes: boxes?.length ?? 0, ...facts };
}

function reportXmp(found: FoundIn, problems: Set<string>): XmpReport | undefined {
  const [packet, ...more] = found.packets;
  if (found.packets.length === 0) return undefined;
  if (more.length > 0) problems.add('There is more than one XMP packet; the first is read.');
  const read = readPacket(packet, problems);
  const valueOf = (prefix: keyof typeof XMP_NAMESPACES, name: string) =>
    read === undefined ? undefined : clip(propertyOf(read, XMP_NAMESPACES[prefix], name));
  const sourceType = valueOf('Iptc4xmpExt', 'DigitalSourceType');
  return {
    sizeBytes: packet?.length ?? 0,
    digitalSourceType: sourceType === undefined ? undefined : digitalSourceTypeName(sourceType),
    creatorTool: valueOf('xmp', 'CreatorTool'),
    model: valueOf('atelier', 'Model'),
    recipeHash: valueOf('atelier', 'RecipeHash'),
    derivedFromSha256: valueOf('atelier', 'DerivedFromSHA256'),
    originalSha256: valueOf('atelier', 'OriginalSHA256'),
    remoteManifest: read === undefined ? undefined : clip(remoteManifestOf(read)),
  };
}
