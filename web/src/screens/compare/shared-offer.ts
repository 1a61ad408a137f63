import type { Model } from '../../api/models.js';
import { CHOICES, choicesOf, type SettingsOffer } from '../../parts/model-settings.js';

interface Range {
  readonly min: number;
  readonly max: number;
}
type Sizes = Model['allowedParams']['sizes'];

/** What all of the models let choose, so that a setting means the same for each of them. */
export function offerOf(models: readonly Model[]): SettingsOffer {
  const offers = models.map(({ allowedParams }) => allowedParams);
  return {
    ...Object.fromEntries(
      CHOICES.map((name) => [name, inAll(offers.map((offer) => choicesOf(offer, name)))] as const),
    ),
    output_format: inAll(offers.map((offer) => choicesOf(offer, 'output_format'))),
    output_compression: rangeOfAll(offers.map(({ output_compression: range }) => range)),
    seed: rangeOfAll(offers.map(({ seed }) => seed)),
    prompt_revision: inAll(offers.map(({ prompt_revision: values }) => values)),
  };
}

/** The sizes that all of the models are offered in; where they share none, those of any. */
export function sizesOf(models: readonly Model[]): Sizes {
  const lists = models.map(({ allowedParams }) => allowedParams.sizes);
  const [first = [], ...rest] = lists;
  const find = (list: Sizes, size: string) => list.find((one) => one.size === size);
  const shared = first.filter(({ size }) => rest.every((list) => find(list, size) !== undefined));
  const listed = shared.length > 0 ? shared : lists.flat();
  const unique = listed.filter(({ size }, place) => listed.findIndex((one) => one.size === size) === place);
  return unique.map((one) => ({
    ...one,
    native: lists.every((list) => find(list, one.size)?.native === true),
  }));
}

/** Seeds that all of the models take; none where one of them has no seed. */
export function seedsOf(seeds: readonly number[], models: readonly Model[]): number[] {
  const range = offerOf(models).seed;
  return range === undefined ? [] : seeds.filter((seed) => seed >= range.min && seed <= range.max);
}

function inAll<Value>(lists: readonly (readonly Value[])[]): Value[] {
  const [first = [], ...rest] = lists;
  return first.filter((value) => rest.every((list) => list.includes(value)));
}

function rangeOfAll(ranges: readonly (Range | undefined)[]): Range | undefined {
  const given = ranges.filter((range) => range !== undefined);
  if (given.length === 0 || given.length < ranges.length) return undefined;
  const range = {
    min: Math.max(...given.map(({ min }) => min)),
    max: Math.min(...given.map(({ max }) => max)),
  };
  return range.min > range.max ? undefined : range;
}
