import { expect, it } from 'vitest';
import { isNetwork } from './network.js';

it.each(['10.0.0.0/8', '127.0.0.1', '::1', 'fd00::/8', '10.0.0.5/31', '::ffff:10.0.0.0/104'])(
  '%s is a network',
  (text) => {
    expect(isNetwork(text)).toBe(true);
  },
);

it.each([
  '',
  'nginx',
  '10.0.0.0/33',
  '10.0.0.0/0',
  '::/0',
  '::/129',
  '10.0.0/8',
  '10/8',
  'fe80::1%eth0',
  '1.2.3.4/',
  '1.2.3.4/8/9',
  '::ffff:0.0.0.0/96',
  '::ffff:1.2.3.4/8',
])('%j is no network', (text) => {
  expect(isNetwork(text)).toBe(false);
});
