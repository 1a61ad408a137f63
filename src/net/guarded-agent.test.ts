import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import fc from 'fast-check';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGuardedAgent, ForbiddenAddressError, isPublicAddress } from './guarded-agent.js';

let server: Server;
let port: number;
let hits: string[];

beforeAll(async () => {
  hits = [];
  server = createServer((incoming, response) => {
    hits.push(incoming.url ?? '');
    if (incoming.url === '/away')
      response.writeHead(302, { location: `http://127.0.0.1:${port}/inside` }).end();
    else response.end('a secret of the inside');
  });
  // On every address of this machine, as an inner service would be.
  server.listen(0);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  port = address.port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** Fetches through an agent that trusts the given hosts. @returns the body, or the error and its causes */
async function fetchFrom(
  url: string,
  trusted: readonly string[] = [],
): Promise<{ readonly body: string } | { readonly errors: readonly unknown[] }> {
  const agent = createGuardedAgent((host) => trusted.includes(host));
  try {
    const response = await request(url, { dispatcher: agent });
    return { body: await response.body.text() };
  } catch (error) {
    const errors: unknown[] = [];
    for (let cause = error; cause instanceof Error; cause = cause.cause) errors.push(cause);
    return { errors };
  } finally {
    await agent.destroy();
  }
}

async function expectForbidden(url: string): Promise<void> {
  const before = hits.length;
  const outcome = await fetchFrom(url);
  expect('errors' in outcome && outcome.errors.some((error) => error instanceof ForbiddenAddressError)).toBe(
    true,
  );
  expect(hits.length).toBe(before);
}

describe('createGuardedAgent', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
    '127.255.255.254',
    '0.0.0.0',
    '0',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '①②⑦.0.0.1',
    'localhost',
    'LOCALHOST',
  ])('never connects to this machine by the name %s', async (host) => {
    await expectForbidden(`http://${host}:${port}/inside`);
  });

  it.each([
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.100.100.200',
    '198.18.0.1',
    '192.0.2.1',
    '224.0.0.1',
    '255.255.255.255',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[ff02::1]',
  ])('does not even try to connect to %s, with TLS or without', async (host) => {
    await expectForbidden(`http://${host}/latest/meta-data`);
    await expectForbidden(`https://${host}/latest/meta-data`);
  });

  it('connects to a trusted host wherever it is, by name and port', async () => {
    const body = 'a secret of the inside';
    expect(await fetchFrom(`http://127.0.0.1:${port}/`, [`127.0.0.1:${port}`])).toStrictEqual({ body });
    expect(await fetchFrom(`http://localhost:${port}/`, [`localhost:${port}`])).toStrictEqual({ body });
    expect(await fetchFrom(`http://2130706433:${port}/`, [`127.0.0.1:${port}`])).toStrictEqual({ body });
  });

  it('trusts nothing but exactly that name and port', async () => {
    const before = hits.length;
    for (const trusted of ['127.0.0.1', `127.0.0.1:${port + 1}`, `localhost:${port}`, `127.0.0.1:80`]) {
      const outcome = await fetchFrom(`http://127.0.0.1:${port}/`, [trusted]);
      expect('errors' in outcome && outcome.errors[0]).toBeInstanceOf(ForbiddenAddressError);
    }
    expect(hits.length).toBe(before);
  });

  it.each([
    ['http', '80'],
    ['https', '443'],
  ])('knows the usual port of %s', async (protocol, usual) => {
    const asked: string[] = [];
    const agent = createGuardedAgent((host) => {
      asked.push(host);
      return false;
    });
    await expect(request(`${protocol}://10.0.0.1/`, { dispatcher: agent })).rejects.toBeInstanceOf(
      ForbiddenAddressError,
    );
    await agent.destroy();
    expect(asked).toStrictEqual([`10.0.0.1:${usual}`]);
  });

  it('leaves redirects to the caller, so that their target is checked as well', async () => {
    const agent = createGuardedAgent((host) => host === `localhost:${port}`);
    const response = await request(`http://localhost:${port}/away`, { dispatcher: agent });
    await response.body.dump();
    expect(response.statusCode).toBe(302);
    const before = hits.length;
    const following = request(String(response.headers['location']), { dispatcher: agent });
    await expect(following).rejects.toBeInstanceOf(ForbiddenAddressError);
    expect(hits.length).toBe(before);
    await agent.destroy();
  });
});

describe('isPublicAddress', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '93.184.215.14',
    '2001:4860:4860::8888',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
  ])('says yes to %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '',
    'localhost',
    'example.com',
    '1.2.3.4.5',
    '256.1.1.1',
    ':::',
    '8.8.8.8/32',
    '8.8.8.8:80',
    '[::1]',
  ])('says no to %j, which is no address', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  const byte = fc.nat(255);
  const special = fc.oneof(
    fc.tuple(fc.constantFrom('10', '127', '0', '240', '255'), byte, byte, byte),
    fc.tuple(fc.constant('192.168'), byte, byte),
    fc.tuple(fc.constant('169.254'), byte, byte),
    fc.tuple(fc.constant('172'), fc.integer({ min: 16, max: 31 }), byte, byte),
    fc.tuple(fc.constant('100'), fc.integer({ min: 64, max: 127 }), byte, byte),
    fc.tuple(fc.constantFrom('192.0.0', '192.0.2', '198.51.100', '203.0.113'), byte),
    fc.tuple(fc.constant('198'), fc.constantFrom(18, 19), byte, byte),
    fc.tuple(fc.integer({ min: 224, max: 255 }).map(String), byte, byte, byte),
  );

  it('says no to every special IPv4 address, also inside IPv6', () => {
    fc.assert(
      fc.property(special, (parts) => {
        const address = parts.join('.');
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        expect(isPublicAddress(address)).toBe(false);
        expect(isPublicAddress(`::ffff:${address}`)).toBe(false);
        expect(isPublicAddress(`::ffff:${hex}`)).toBe(false);
        expect(isPublicAddress(`64:ff9b::${hex}`)).toBe(false);
        expect(isPublicAddress(`2002:${hex}::1`)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('says no to every private, link-local, multicast and reserved IPv6 address', () => {
    const group = fc.nat(0xffff).map((value) => value.toString(16));
    const first = fc.oneof(
      fc.integer({ min: 0xfc00, max: 0xfdff }),
      fc.integer({ min: 0xfe80, max: 0xffff }),
      fc.constant(0x0100),
    );
    fc.assert(
      fc.property(first, fc.array(group, { minLength: 4, maxLength: 4 }), (start, rest) => {
        expect(isPublicAddress(`${start.toString(16)}:0:0:0:${rest.join(':')}`)).toBe(false);
      }),
    );
    for (const address of ['::', '::1', '2001:db8::1', '3fff::1', '5f00::1', '64:ff9b:1::1', 'fec0::1']) {
      expect(isPublicAddress(address), address).toBe(false);
    }
  });
});
