/**
 * Every failure that the protocol notes know is acted out by the provider's own emulator, so that it can be met without
 * the real service: no row of a provider's table stands on an answer that the test serves by hand.
 */
import { expect, it } from 'vitest';
import { errorTables } from '../support/error-tables/tables.js';

it.each(errorTables)('the emulator of $provider acts out every documented failure', ({ rows }) => {
  const servedByHand = rows.flatMap(({ when, served }) => (served === undefined ? [] : [when]));
  expect(servedByHand).toEqual([]);
});
