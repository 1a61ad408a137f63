import { z } from 'zod';
import { chooseNativeSize, isNativeSize, ratioDistance } from '../../src/catalogue/size-rules.js';
import type { ModelEntry, Size } from '../../src/providers/model.js';
import { failure, generation } from '../support/answers.js';
import {
  compareAround,
  createMask,
  createSource,
  decodeRgba,
  maskOver,
  resample,
  type MadePicture,
  type SourceKind,
} from '../support/edit-pictures.js';
import type { Answer, TestServer } from '../support/server.js';
import {
  formatTarget,
  FURTHER,
  sendEdit,
  type EarlierPictures,
  type EditWish,
  type GivenSource,
} from './edit-request.js';
import { checkPictures, readPictures, type Delivered, type Outcome } from './outcome.js';

/** What lossy formats may change outside a mask, as a mean over all colours of 255. */
const LOSSY_DIFFERENCE = 8;
/** Kinds that models never see as they are. */
const CONVERTED: readonly SourceKind[] = ['gif', 'exif', 'avif', 'png16'];

/**
 * Sends an edit and checks all that it promises: pixels outside the mask, sizes, formats, what is reported, what it costs.
 * @param entry the model's entry as it holds for edits
 * @throws Error naming what was neither honoured, reported nor refused
 */
export async function judgeEdit(
  server: TestServer,
  entry: ModelEntry,
  wish: EditWish,
  earlier: EarlierPictures,
): Promise<Outcome> {
  const source = await takeSource(wish, earlier);
  const mask = wish.mask === undefined ? undefined : await createMask(wish.mask, wish.source);
  const answer = await sendEdit(server, entry.slug, wish, source, mask);
  if (answer.status >= 400) return judgeRefusal(answer, entry, wish);
  const { adjustments, credits_used: creditsUsed, receipt } = generation.parse(answer.body);
  const pictures = await readPictures(answer);
  checkPictures(pictures, {
    n: wish.n,
    output_format: wish.output_format,
    size: formatTarget(targetOf(wish)),
  });
  if (mask !== undefined) {
    for (const picture of pictures) await checkAroundMask(picture, source.picture, mask);
  }
  const differences = listDifferences(entry, wish, adjustments);
  checkReports(differences, adjustments);
  const adapted = adjustments.filter((adjustment) => isTold(adjustment)).map(({ param }) => param);
  const against = [...differences.required, ...adapted].filter(
    (param) => !differences.atDoor.includes(param),
  );
  if (wish.adapt === 'strict' && against.length > 0)
    throw new Error(`delivered under strict, with ${against.join(', ')} adapted`);
  checkPrice(entry, wish, creditsUsed, receipt);
  const params = [...new Set(adjustments.map(({ param }) => param))].sort();
  return params.length === 0 ? { kind: 'native' } : { kind: 'adapted', params };
}

async function takeSource(wish: EditWish, earlier: EarlierPictures): Promise<GivenSource> {
  if (wish.transport !== 'image_id')
    return { picture: await createSource(wish.kind, wish.source), imageId: undefined };
  const { id, picture } = await earlier(formatOf(wish.kind), wish.source);
  return { picture, imageId: id };
}

/** Generated pictures come as these; other kinds are sent in other ways. */
function formatOf(kind: SourceKind): 'png' | 'jpeg' | 'webp' {
  return kind === 'jpeg' || kind === 'webp' ? kind : 'png';
}

/** What the delivered pixels have to be; undefined: the model's choice. */
function targetOf({ size, mask, source }: EditWish): Size | undefined {
  return size ?? (mask === undefined ? undefined : source);
}

/** Only what the model can't do is refused, and what is refused is named. */
function judgeRefusal(answer: Answer, entry: ModelEntry, wish: EditWish): Outcome {
  const { error } = failure.parse(answer.body);
  const { code, param } = error;
  const refusal = `${answer.status} ${code} (${param ?? 'no param'}): ${error.message}`;
  const target = targetOf(wish);
  const tooLarge = target !== undefined && chooseNativeSize(entry.params.size, target, () => 0) === undefined;
  const { required } = listDifferences(entry, wish, []);
  const strictly = wish.adapt === 'strict' && param !== null && required.includes(param);
  if (answer.status === 400 && param === 'size' && code === 'unsupported_size' && (tooLarge || strictly))
    return { kind: 'refused', code };
  const codes = ['unsupported_parameter', 'mask_not_supported'];
  if (answer.status === 400 && strictly && codes.includes(code)) return { kind: 'refused', code };
  throw new Error(refusal);
}

type Adjustments = z.output<typeof generation>['adjustments'];

interface Differences {
  /** Parameters that the answer has to report. */
  readonly required: readonly string[];
  /** Those of them that were converted when they came in, which is never refused. */
  readonly atDoor: readonly string[];
}

const sentSize = z.templateLiteral([z.int(), 'x', z.int()]);

/** What has to differ from the wish, by the model's entry alone. */
function listDifferences(entry: ModelEntry, wish: EditWish, adjustments: Adjustments): Differences {
  const required: string[] = [];
  const target = targetOf(wish);
  if (target !== undefined && !isNativeSize(entry.params.size, target)) required.push('size');
  const { outputFormat: formats, deliveredFormat } = entry.params;
  const format = wish.output_format;
  if (format !== undefined && !(formats ?? [deliveredFormat]).includes(format))
    required.push('output_format');
  if (wish.mask !== undefined && entry.edit?.mask !== true) required.push('mask');
  const name = (index: number) => (wish.inputs === 1 ? 'image' : `image[${index}]`);
  const first = wish.transport === 'image_id' ? formatOf(wish.kind) : wish.kind;
  const atDoor = CONVERTED.includes(first) ? [name(0)] : [];
  const sent = sentSize.safeParse(adjustments.find(({ param }) => param === 'size')?.['sent']);
  const [width = 1, height = 1] = sent.success ? sent.data.split('x').map(Number) : [];
  const canvas = sent.success ? { width, height } : (target ?? wish.source);
  const inputs = [
    { kind: first, size: wish.source, canvas: wish.mask === undefined ? undefined : canvas },
    ...Array.from({ length: wish.inputs - 1 }, () => ({ ...FURTHER, canvas: undefined })),
  ];
  for (const [index, input] of inputs.entries()) {
    if ((index === 0 && atDoor.length > 0) || isChanged(entry, input)) required.push(name(index));
  }
  return { required, atDoor };
}

/** Whether the entry's rule forbids to send a picture as it came, or its mask needs it in the shape of the result. */
function isChanged(
  entry: ModelEntry,
  { kind, size, canvas }: { kind: SourceKind; size: Size; canvas: Size | undefined },
): boolean {
  const rule = entry.edit?.inputs;
  if (rule === undefined) return false;
  const [short, long] = [Math.min(size.width, size.height), Math.max(size.width, size.height)];
  const ratio = size.width / size.height;
  const types: readonly string[] = rule.types;
  return (
    !types.includes(kind === 'jpeg' || kind === 'webp' ? `image/${kind}` : 'image/png') ||
    short < rule.minEdge ||
    long > rule.maxEdge ||
    size.width * size.height > rule.maxPixels ||
    (rule.square === true && short !== long) ||
    ratio < (rule.minRatio ?? 0) ||
    ratio > (rule.maxRatio ?? Infinity) ||
    (canvas !== undefined && ratioDistance(canvas.width / canvas.height, ratio) > 0.001)
  );
}

/** Everything that differs is reported, and nothing else but what a provider did unasked. */
function checkReports({ required }: Differences, adjustments: Adjustments): void {
  const reported = adjustments.map(({ param }) => param);
  const missing = required.filter((param) => !reported.includes(param));
  if (missing.length > 0) throw new Error(`not reported: ${missing.join(', ')}`);
  for (const adjustment of adjustments) {
    const { param, reason } = adjustment;
    const surprise = reason.startsWith('the provider delivered');
    if (!required.includes(param) && !surprise && !isTold(adjustment))
      throw new Error(`reported for nothing: ${param}, ${reason}`);
  }
}

/** Some models answer in their input's pixels whatever is asked; their adapters tell. */
function isTold({ param, asked, sent }: Adjustments[number]): boolean {
  return param === 'size' && sent !== undefined && sent !== asked;
}

async function checkAroundMask(delivered: Delivered, source: MadePicture, mask: MadePicture): Promise<void> {
  const after = await decodeRgba(delivered.bytes);
  const before = await resample(await decodeRgba(source.bytes), after);
  const found = compareAround(before, after, await maskOver(mask, source, after));
  if (found.changedInside < 0.5) throw new Error(`only ${found.changedInside} of the masked pixels changed`);
  if (delivered.format === 'png' && found.changedOutside > 0)
    throw new Error(`${found.changedOutside} pixels outside the mask are not the source's`);
  if (found.meanOutside > LOSSY_DIFFERENCE)
    throw new Error(`outside the mask colours differ by ${found.meanOutside} from the source's`);
}

const billed = z.object({ credits_quoted: z.number(), credits_charged: z.number() });

/** Never more than was quoted or than the dearest row of the price list; never less than a promised price. */
function checkPrice(entry: ModelEntry, wish: EditWish, used: number, receipt: unknown): void {
  const { credits_quoted: quoted, credits_charged: charged } = billed.parse(receipt);
  if (charged !== used) throw new Error(`the receipt says ${charged}, the answer ${used} credits`);
  if (used > quoted) throw new Error(`${used} credits were charged, ${quoted} quoted`);
  const { pricing } = entry;
  if (pricing.kind === 'tokens') {
    if (used <= 0) throw new Error('nothing was charged');
    return;
  }
  const inputs = (pricing.inputCredits ?? 0) * wish.inputs;
  const rows = pricing.rows.map((row) => row.credits);
  const [least, most] = [Math.min(...rows), Math.max(...rows)].map((row) => (row + inputs) * (wish.n ?? 1));
  // What a provider reports of a call counts where it is less than the list.
  const floor = pricing.fixed === true ? (least ?? 0) : Math.min(least ?? 0, 0.01);
  if (used < floor - 1e-6 || used > (most ?? 0) + 1e-6)
    throw new Error(`${used} credits were charged; the price list says ${least} to ${most}`);
}
