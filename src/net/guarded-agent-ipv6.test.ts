import fc from 'fast-check';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { createGuardedAgent, ForbiddenAddressError, isPublicAddress } from './guarded-agent.js';

describe('isPublicAddress', () => {
  it('says no to everything in IPv6 outside 2000::/3, the only global unicast there is', () => {
    const group = fc.nat(0xffff).map((value) => value.toString(16));
    const first = fc.oneof(fc.integer({ min: 0, max: 0x1fff }), fc.integer({ min: 0x4000, max: 0xffff }));
    fc.assert(
      fc.property(first, fc.array(group, { minLength: 7, maxLength: 7 }), (start, rest) => {
        expect(isPublicAddress([start.toString(16), ...rest].join(':'))).toBe(false);
      }),
    );
  });

  it('says no to an IPv4 address in the old compatible form, as URLs write it', () => {
    expect(new URL('http://[::127.0.0.1]/').hostname).toBe('[::7f00:1]');
    expect(isPublicAddress('::7f00:1')).toBe(false);
  });
});

describe('createGuardedAgent', () => {
  it('asks about IPv6 hosts as URLs write them', async () => {
    const asked: string[] = [];
    const agent = createGuardedAgent((host) => {
      asked.push(host);
      return false;
    });
    const url = new URL('http://[::1]:9000/');
    await expect(request(url, { dispatcher: agent })).rejects.toBeInstanceOf(ForbiddenAddressError);
    await agent.destroy();
    expect(asked).toStrictEqual([`${url.hostname}:${url.port}`]);
  });
});
