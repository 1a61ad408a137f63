import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientAddresses, countedAddress } from './client-addresses.js';

const TEN = Array.from({ length: 10 }, (_, index) => `198.51.100.${index}`).join(', ');

describe('ClientAddresses', () => {
  const trusting = new ClientAddresses(['10.0.0.0/8', '192.168.7.7', 'fd00::/8', '::ffff:172.16.0.0/108']);

  it.each([
    // Nobody stands in between.
    ['203.0.113.9', undefined, '203.0.113.9'],
    ['::ffff:203.0.113.9', undefined, '203.0.113.9'],
    ['::ffff:cb00:7109', undefined, '203.0.113.9'],
    ['2001:db8::9', undefined, '2001:db8::9'],
    // A stranger says what it likes.
    ['203.0.113.9', '1.2.3.4', '203.0.113.9'],
    ['203.0.113.9', '10.0.0.1, 10.0.0.2', '203.0.113.9'],
    ['2001:db8::9', '1.2.3.4', '2001:db8::9'],
    ['192.168.7.8', '1.2.3.4', '192.168.7.8'],
    // One proxy, whichever way it is written.
    ['10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['192.168.7.7', '203.0.113.9', '203.0.113.9'],
    ['172.16.3.4', '203.0.113.9', '203.0.113.9'],
    ['::ffff:ac10:304', '203.0.113.9', '203.0.113.9'],
    ['fd00::1', '2001:db8::9', '2001:db8::9'],
    ['fd00::1%eth0', '2001:DB8:0:0::9', '2001:db8::9'],
    ['10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    // With ports.
    ['10.0.0.1', '203.0.113.9:5678', '203.0.113.9'],
    ['10.0.0.1', '[2001:db8::9]:443', '2001:db8::9'],
    ['10.0.0.1', '[2001:db8::9]', '2001:db8::9'],
    // From the right: what the caller wrote itself stands on the left and counts for nothing.
    ['10.0.0.1', '1.2.3.4, 203.0.113.9', '203.0.113.9'],
    ['10.0.0.1', '1.2.3.4, 203.0.113.9, 10.0.0.2, fd00::5', '203.0.113.9'],
    ['10.0.0.1', TEN, '198.51.100.9'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    // Garbage ends it at the last that is known.
    ['10.0.0.1', '', '10.0.0.1'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', 'unknown', '10.0.0.1'],
    ['10.0.0.1', '203.0.113.9, unknown', '10.0.0.1'],
    ['10.0.0.1', '203.0.113.9, _hidden, 10.0.0.2', '10.0.0.2'],
    ['10.0.0.1', '203.0.113.9,', '10.0.0.1'],
    ['10.0.0.1', '127.1', '10.0.0.1'],
    ['10.0.0.1', '0x7f000001', '10.0.0.1'],
    ['10.0.0.1', '203.0.113.900', '10.0.0.1'],
    ['10.0.0.1', '203.0.113.9:99999x', '10.0.0.1'],
    ['10.0.0.1', '[203.0.113.9', '10.0.0.1'],
    ['10.0.0.1', 'a\r\nb: c', '10.0.0.1'],
  ])('calls from %s with %j come from %s', (peer, forwarded, client) => {
    expect(trusting.find(peer, forwarded)).toBe(client);
  });

  it('believes nobody as long as nobody is trusted', () => {
    const none = new ClientAddresses([]);
    expect(none.find('127.0.0.1', '1.2.3.4')).toBe('127.0.0.1');
    expect(none.find('::ffff:127.0.0.1', '1.2.3.4')).toBe('127.0.0.1');
    expect(none.find('::1', '1.2.3.4')).toBe('::1');
  });

  it('never gives an address that somebody wrote behind the back of a trusted proxy', () => {
    const spoofed = fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), { maxLength: 12 });
    fc.assert(
      fc.property(spoofed, (entries) => {
        // The proxy adds who called it, whatever it was given.
        const forwarded = [...entries, '203.0.113.9'].join(',');
        expect(trusting.find('10.0.0.1', forwarded)).toBe('203.0.113.9');
      }),
    );
  });

  it('ends with a header of as many proxies as fit into it', () => {
    const chain = Array.from({ length: 5_000 }, () => '10.0.0.2').join(',');
    expect(trusting.find('10.0.0.1', `203.0.113.9,${chain}`)).toBe('10.0.0.2');
  });
});

it.each([
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['::1', '::/64'],
  ['nowhere', 'nowhere'],
])('%s is counted as %s', (address, counted) => {
  expect(countedAddress(address)).toBe(counted);
});
