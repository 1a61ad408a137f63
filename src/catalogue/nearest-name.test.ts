import { expect, it } from 'vitest';
import { nearestName } from './catalogue.js';

it('takes a long name unlike all others for no slip of a short one', () => {
  expect(nearestName('z'.repeat(300), ['size', 'prompt'])).toBeUndefined();
});
