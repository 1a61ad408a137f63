import { z } from 'zod';
import { digitalSourceTypeName } from '../pixels/xmp.js';
import { readCbor } from './cbor.js';
import { readOrNote } from './cursor.js';
import { readSuperbox } from './jumbf.js';
import type { Superbox } from './jumbf.js';
import { clip } from './report.js';
import type { ManifestAction, ManifestFacts } from './report.js';

/** Kinds of manifests: standard, update, compressed. */
const MANIFEST_KINDS = ['c2ma', 'c2um', 'c2cm'];
const [CLAIM_KIND, ASSERTIONS_KIND] = ['c2cl', 'c2as'];
const MAX_MANIFESTS = 32;
const MAX_LABELS = 256;
const MAX_ENTRIES = 64;
/** A claim has a few kilobytes; thumbnails are larger, but stand in boxes of another type. */
const MAX_CONTENT_BYTES = 256 * 1024;

export interface StoreFacts {
  readonly labels: readonly string[];
  readonly activeManifest: string | undefined;
  readonly manifests: readonly ManifestFacts[];
}

/** Reads what a manifest store says of itself. No signature and no hash is checked. */
export function readManifestStore(boxes: Buffer, problems: Set<string>): StoreFacts {
  const store = readSuperbox(boxes, problems);
  if (store === undefined) return { labels: [], activeManifest: undefined, manifests: [] };
  const labels: string[] = [];
  listLabels(store, '', labels, problems);
  const manifests = store.superboxes.filter(({ kind }) => MANIFEST_KINDS.includes(kind));
  if (manifests.length === 0) problems.add('The C2PA store holds no manifest.');
  if (manifests.length > MAX_MANIFESTS) problems.add('There are too many manifests; the last ones are read.');
  return {
    labels,
    // The specification makes the last one the active manifest; the others belong to what it was made from.
    activeManifest: clip(manifests.at(-1)?.label),
    manifests: manifests.slice(-MAX_MANIFESTS).map((manifest) => readManifest(manifest, problems)),
  };
}

function listLabels(box: Superbox, parent: string, labels: string[], problems: Set<string>): void {
  if (labels.length === MAX_LABELS) {
    problems.add('There are too many labels; the first ones are listed.');
    return;
  }
  const path = clip(parent + (box.label ?? `(${box.kind})`));
  labels.push(path);
  for (const inner of box.superboxes) listLabels(inner, `${path}/`, labels, problems);
}

const text = z.string().transform((value) => clip(value));
const optionalText = text.optional().catch(undefined);
const generator = z.object({ name: text, version: optionalText });
const claimSchema = z.object({
  claim_generator: optionalText,
  claim_generator_info: z
    .union([generator.transform((one) => [one]), z.array(generator)])
    .catch([])
    .transform((list) => list.slice(0, MAX_ENTRIES)),
  'dc:title': optionalText,
  'dc:format': optionalText,
});
const agentName = z.union([text, z.object({ name: text }).transform(({ name }) => name)]);
const actionSchema = z.object({
  action: text,
  digitalSourceType: optionalText,
  softwareAgent: agentName.optional().catch(undefined),
  description: optionalText,
});
const actionsSchema = z.object({ actions: z.array(z.unknown()) });
const metadataSchema = z.object({ 'Iptc4xmpExt:DigitalSourceType': text });

function readManifest(manifest: Superbox, problems: Set<string>): ManifestFacts {
  if (manifest.kind === 'c2cm') problems.add('A manifest is compressed, which is not read.');
  const claimBox = manifest.superboxes.find(({ kind }) => kind === CLAIM_KIND);
  const assertions = manifest.superboxes
    .filter(({ kind }) => kind === ASSERTIONS_KIND)
    .flatMap(({ superboxes }) => superboxes);
  const claim = claimSchema.safeParse(
    claimBox === undefined ? undefined : contentOf(claimBox, problems),
  ).data;
  if (claim === undefined) problems.add('A manifest has no claim that can be read.');
  const actions = assertions
    .filter(({ label }) => isLabelled(label, 'c2pa.actions'))
    .flatMap((box) => readActions(contentOf(box, problems)));
  const metadata = assertions
    .filter(({ label }) => isLabelled(label, 'stds.iptc') || isLabelled(label, 'c2pa.metadata'))
    .flatMap((box) => metadataSchema.safeParse(contentOf(box, problems)).data ?? []);
  const sourceTypes = [
    ...actions.flatMap(({ digitalSourceType }) => digitalSourceType ?? []),
    ...metadata.map((fields) => digitalSourceTypeName(fields['Iptc4xmpExt:DigitalSourceType'])),
  ];
  return {
    label: clip(manifest.label),
    claimGenerator: claim?.claim_generator,
    claimGeneratorInfo: claim?.claim_generator_info ?? [],
    title: claim?.['dc:title'],
    format: claim?.['dc:format'],
    assertions: assertions.slice(0, MAX_LABELS).map(({ label }) => clip(label ?? '')),
    actions: actions.slice(0, MAX_ENTRIES),
    digitalSourceTypes: [...new Set(sourceTypes)],
  };
}

/** Labels may have a version (`.v2`) and the number of a repetition (`__1`) behind them. */
function isLabelled(label: string | undefined, name: string): boolean {
  return label === name || label?.startsWith(`${name}.v`) === true || label?.startsWith(`${name}__`) === true;
}

function readActions(content: unknown): ManifestAction[] {
  const list = actionsSchema.safeParse(content).data?.actions ?? [];
  return list.slice(0, MAX_ENTRIES).flatMap((entry) => {
    const action = actionSchema.safeParse(entry).data;
    if (action === undefined) return [];
    const { digitalSourceType, ...rest } = action;
    const sourceType = digitalSourceType === undefined ? undefined : digitalSourceTypeName(digitalSourceType);
    return [{ ...rest, digitalSourceType: sourceType }];
  });
}

/** The first content box in CBOR or JSON; undefined when there is none or it is damaged. */
function contentOf(box: Superbox, problems: Set<string>): unknown {
  const content = box.contents.find(({ type }) => type === 'cbor' || type === 'json');
  if (content === undefined) return undefined;
  return readOrNote(problems, 'A claim or assertion is damaged or too large.', () => {
    if (content.body.length > MAX_CONTENT_BYTES) throw new RangeError('content too large');
    return content.type === 'cbor' ? readCbor(content.body) : readJson(content.body);
  });
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new RangeError('no JSON', { cause: error });
    throw error;
  }
}
