import { formatSize, listedSizes, sameSize } from '../catalogue/size-rules.js';
import { invariant } from '../errors.js';
import type { ModelEntry, Pricing, Quality, Size } from '../providers/model.js';
import type { TokenUsage } from '../providers/provider.js';
import { fromCredits, MICROCREDITS_PER_CREDIT, type Microcredits } from './microcredits.js';

/** Area that `outputTokensPerSquare` is given for. */
const SQUARE_PIXELS = 1024 * 1024;

/** Sizes of one tier differ by a few per cent from ratio to ratio. */
const TIER_SLACK = 1.05;

/** More than any known model counts for one input picture. */
const DEFAULT_INPUT_TOKENS = 8_192;

/** What decides the price of one picture before it exists. */
export interface PriceQuery {
  readonly quality: Quality | undefined;
  /** The size sent; undefined where the model chooses. */
  readonly size: Size | undefined;
  /** Characters of the prompt, for models billed by tokens. */
  readonly promptChars: number;
  /** Input pictures of an edit; none where nothing is said. */
  readonly inputs?: number;
}

/** The most that one picture can cost, in microcredits: what a quote and a hold are made of. */
export function quoteImage(entry: ModelEntry, query: PriceQuery): Microcredits {
  const { pricing } = entry;
  if (pricing.kind === 'per-image') {
    const quality = query.quality ?? entry.params.defaultQuality;
    // Where the model chooses the size, any of its own could come.
    const sizes = query.size === undefined ? listedSizes(entry.params.size) : [query.size];
    const prices = sizes.map((size) => priceRow(entry, pricing, quality, size));
    return inputPrice(pricing, query) + Math.max(...prices);
  }
  const quality = query.quality ?? entry.params.defaultQuality ?? 'high';
  const squareTokens =
    pricing.outputTokensPerSquare[quality] ?? Math.max(...Object.values(pricing.outputTokensPerSquare));
  const pixels = query.size === undefined ? 2 * SQUARE_PIXELS : query.size.width * query.size.height;
  const outputTokens = Math.ceil(squareTokens * Math.max(1, pixels / SQUARE_PIXELS));
  // A token is rarely shorter than one character, in any script; the constant covers what the provider adds.
  const inputTokens = query.promptChars + 64;
  const imageTokens = (query.inputs ?? 0) * (pricing.inputTokensPerImage ?? DEFAULT_INPUT_TOKENS);
  return tokenPrice(pricing, { text: inputTokens, image: imageTokens, output: outputTokens });
}

/**
 * What a delivered picture costs where the price is per picture: the price of the size that was sent, or less when the
 * provider delivered a cheaper tier.
 * @param delivered pixels as measured from the provider's bytes
 */
export function priceDelivered(
  entry: ModelEntry,
  query: PriceQuery,
  delivered: Size,
): Microcredits | undefined {
  const { pricing } = entry;
  if (pricing.kind !== 'per-image') return undefined;
  const quality = query.quality ?? entry.params.defaultQuality;
  const inputs = inputPrice(pricing, query);
  if (query.size === undefined) return inputs + priceRow(entry, pricing, quality, delivered);
  const smaller = delivered.width * delivered.height < query.size.width * query.size.height;
  const sentPrice = priceRow(entry, pricing, quality, query.size);
  if (!smaller) return inputs + sentPrice;
  return inputs + Math.min(sentPrice, priceRow(entry, pricing, quality, delivered, largestReached));
}

function inputPrice(pricing: Extract<Pricing, { kind: 'per-image' }>, query: PriceQuery): Microcredits {
  return (query.inputs ?? 0) * fromCredits(pricing.inputCredits ?? 0);
}

/** What a call costs where the price is by tokens. */
export function priceUsage(entry: ModelEntry, usage: TokenUsage): Microcredits | undefined {
  const { pricing } = entry;
  if (pricing.kind !== 'tokens') return undefined;
  const image = usage.inputImageTokens ?? 0;
  const text = usage.inputTextTokens ?? usage.inputTokens - image;
  return tokenPrice(pricing, { text, image, output: usage.outputTokens });
}

function tokenPrice(
  pricing: Extract<Pricing, { kind: 'tokens' }>,
  tokens: { readonly text: number; readonly image: number; readonly output: number },
): Microcredits {
  const { textInput, imageInput, imageOutput } = pricing.creditsPerMillion;
  const credits =
    (tokens.text * textInput + tokens.image * imageInput + tokens.output * imageOutput) / 1_000_000;
  return Math.ceil(credits * MICROCREDITS_PER_CREDIT - 1e-6);
}

/** A size that no row lists is priced as one of the model's listed sizes: that of the nearest area unless told else. */
function priceRow(
  entry: ModelEntry,
  pricing: Extract<Pricing, { kind: 'per-image' }>,
  quality: Quality | undefined,
  size: Size,
  stand: (listed: readonly Size[], size: Size) => Size = nearestByArea,
): Microcredits {
  const rows = pricing.rows.filter((row) => row.quality === undefined || includes(row.quality, quality));
  const name = formatSize(stand(listedSizes(entry.params.size), size));
  const row = rows.find((candidate) => candidate.sizes === undefined || candidate.sizes.includes(name));
  invariant(row !== undefined, 'the last price row has no condition');
  return fromCredits(row.credits);
}

function nearestByArea(listed: readonly Size[], size: Size): Size {
  const areaOff = (other: Size) =>
    Math.abs(Math.log((other.width * other.height) / (size.width * size.height)));
  return (
    listed.find((other) => sameSize(other, size)) ??
    [...listed].sort((a, b) => areaOff(a) - areaOff(b))[0] ??
    size
  );
}

/** The largest listed area that the picture really reaches; a tier that was missed by more than a little is not it. */
function largestReached(listed: readonly Size[], size: Size): Size {
  const area = (other: Size) => other.width * other.height;
  const byArea = [...listed].sort((a, b) => area(b) - area(a));
  return byArea.find((other) => area(other) <= area(size) * TIER_SLACK) ?? byArea.at(-1) ?? size;
}

function includes(qualities: readonly Quality[], quality: Quality | undefined): boolean {
  return quality !== undefined && qualities.includes(quality);
}
