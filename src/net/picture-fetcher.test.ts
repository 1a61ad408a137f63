import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createHostileResolver,
  hostileAddresses,
  hostileRedirects,
} from '../../test/support/hostile-addresses.js';
import { FetchRefused, PictureFetcher } from './picture-fetcher.js';
import type { PictureFetcherOptions } from './picture-fetcher.js';

const MAX_BYTES = 100_000;

interface Hit {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

let server: Server;
let port: number;
let hits: Hit[];
let script: (request: IncomingMessage, response: ServerResponse) => void;
const fetchers: PictureFetcher[] = [];

beforeAll(async () => {
  server = createServer((incoming, response) => {
    hits.push({ path: incoming.url ?? '', headers: incoming.headers });
    script(incoming, response);
  });
  // On every address of this machine, as an inner service would be.
  server.listen(0);
  await once(server, 'listening');
  port = portOf(server);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
beforeEach(() => {
  hits = [];
  script = (_request, response) => response.end('a secret of the inside');
});
afterEach(async () => {
  await Promise.all(fetchers.splice(0).map((fetcher) => fetcher.close()));
});

function portOf(listening: { address(): unknown }): number {
  const address = listening.address();
  if (typeof address !== 'object' || address === null || !('port' in address)) throw new Error('no port');
  return Number(address.port);
}

/** A fetcher that may reach the server under test by the name 127.0.0.1. */
function create(options: Partial<PictureFetcherOptions> = {}): PictureFetcher {
  const fetcher = new PictureFetcher({
    allowedHosts: [`127.0.0.1:${port}`],
    maxBytes: MAX_BYTES,
    timeoutMs: 4000,
    maxRedirects: 3,
    resolve: createHostileResolver().resolve,
    ...options,
  });
  fetchers.push(fetcher);
  return fetcher;
}

async function read(fetcher: PictureFetcher, url: string, signal?: AbortSignal): Promise<Buffer> {
  const { body } = await fetcher.open(url, signal);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function refusalOf(work: Promise<unknown>): Promise<FetchRefused> {
  const failure = await work.then(
    () => new Error('it was fetched'),
    (error: unknown) => error,
  );
  if (failure instanceof FetchRefused) return failure;
  throw new Error('not refused', { cause: failure });
}

const url = (path = '/') => `http://127.0.0.1:${port}${path}`;

describe('PictureFetcher', () => {
  it('refuses every hostile address at once, without a request and without telling why', async () => {
    const fetcher = create({ allowedHosts: [] });
    const addresses = hostileAddresses(port);
    expect(addresses.length).toBeGreaterThan(100);
    for (const address of addresses) {
      const started = performance.now();
      const refused = await refusalOf(read(fetcher, address.url));
      expect({ url: address.url, reason: refused.reason }).toStrictEqual(address);
      expect(refused.message).not.toMatch(/\d+\.\d+\.\d+\.\d+|::|ENOTFOUND|ECONN|secret|example/);
      if (address.reason === 'address')
        expect(refused.message).toBe('The address of this picture is not public.');
      expect(performance.now() - started).toBeLessThan(3000);
    }
    expect(hits).toStrictEqual([]);
  });

  it('follows no redirect to where it would not go at once', async () => {
    for (const target of hostileRedirects(port)) {
      hits = [];
      script = (request, response) =>
        request.headers.host === `127.0.0.1:${port}` && request.url !== '/secret'
          ? response.writeHead(302, { location: target.url }).end('x')
          : response.end('a secret of the inside');
      const refused = await refusalOf(read(create(), url('/start')));
      expect({ url: target.url, reason: refused.reason }).toStrictEqual(target);
      expect(hits.map((hit) => hit.path)).not.toContain('/secret');
      expect(hits.length).toBeLessThanOrEqual(4);
    }
  });

  it('looks a name up once per connection and obeys the answer of that moment', async () => {
    const rebinding = { 'rebind.example': [['8.8.8.8'], ['127.0.0.1']] };
    const { resolve, lookUps } = createHostileResolver(rebinding);
    const fetcher = create({ resolve, timeoutMs: 300 });
    const address = `http://rebind.example:${port}/secret`;
    // The public answer leads to a server that is not there; nothing falls back to another look-up.
    expect(['unreachable', 'too_slow']).toContain((await refusalOf(read(fetcher, address))).reason);
    expect(lookUps).toStrictEqual(['rebind.example']);
    expect((await refusalOf(read(fetcher, address))).reason).toBe('address');
    expect(lookUps).toStrictEqual(['rebind.example', 'rebind.example']);
    expect(hits).toStrictEqual([]);
  });

  it('connects to the address that the one look-up gave', async () => {
    const { resolve, lookUps } = createHostileResolver({ 'store.example': [['127.0.0.1'], ['10.9.9.9']] });
    script = (_request, response) => response.end('picture');
    const fetcher = create({ resolve, allowedHosts: [`Store.example:${port}`] });
    expect((await read(fetcher, `http://store.EXAMPLE:${port}/a`)).toString()).toBe('picture');
    expect(lookUps).toStrictEqual(['store.example']);
    expect(hits[0]?.headers.host).toBe(`store.example:${port}`);
  });

  it('allows a host on the named port only, or on all where none is named', async () => {
    script = (_request, response) => response.end('picture');
    for (const [allowed, isAllowed] of [
      [`127.0.0.1:${port}`, true],
      ['127.0.0.1', true],
      ['127.1', true],
      [`127.0.0.1:${port + 1}`, false],
      ['127.0.0.2', false],
      ['localhost', false],
    ] as const) {
      const outcome = await read(create({ allowedHosts: [allowed] }), url()).catch((error: unknown) => error);
      expect([allowed, outcome instanceof Buffer]).toStrictEqual([allowed, isAllowed]);
    }
    expect((await read(create({ allowedHosts: ['[::1]'] }), `http://[::1]:${port}/`)).toString()).toBe(
      'picture',
    );
    expect(() => create({ allowedHosts: ['a b'] })).toThrow('Invalid URL');
  });

  it('says nothing about its caller, on the first request as after redirects', async () => {
    script = (request, response) =>
      request.url === '/end'
        ? response.setHeader('content-type', 'image/png').end('picture')
        : response
            .writeHead(307, { location: request.url === '/3' ? 'end' : '/3', 'set-cookie': 'a=b' })
            .end();
    const fetched = await create().open(url('/1'));
    expect(fetched.contentType).toBe('image/png');
    for await (const chunk of fetched.body) expect(Buffer.from(chunk).toString()).toBe('picture');
    expect(hits.map((hit) => hit.path)).toStrictEqual(['/1', '/3', '/end']);
    for (const { headers } of hits) {
      expect(headers).toStrictEqual({
        host: `127.0.0.1:${port}`,
        connection: 'keep-alive',
        accept: 'image/*',
        'accept-encoding': 'identity',
        'user-agent': 'Atelier',
      });
    }
  });

  it('follows three redirects and not a fourth', async () => {
    script = (request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('picture');
      else response.writeHead(301, { location: `/${left - 1}` }).end();
    };
    expect((await read(create(), url('/3'))).toString()).toBe('picture');
    const refused = await refusalOf(read(create(), url('/4')));
    expect([refused.reason, refused.message]).toStrictEqual([
      'redirect',
      'The address of this picture redirects more than 3 times.',
    ]);
    script = (_request, response) => response.writeHead(302).end();
    expect((await refusalOf(read(create(), url()))).reason).toBe('redirect');
  });

  it('takes 200 only, and only what may be a picture', async () => {
    const answers: readonly (readonly [number, string | undefined, string])[] = [
      ...[201, 204, 206, 300, 304, 400, 401, 403, 404, 500, 503].map(
        (status) => [status, 'image/png', 'status'] as const,
      ),
      ...[
        'text/html; charset=utf-8',
        'TEXT/PLAIN',
        'application/json',
        'application/xml',
        'application/pdf',
        'image/svg+xml',
        'image/svg',
        'video/mp4',
        'audio/mpeg',
        'multipart/mixed',
        'application/zip',
      ].map((type) => [200, type, 'type'] as const),
      ...[
        'image/png',
        'image/x-anything',
        'IMAGE/WEBP',
        'application/octet-stream',
        'binary/octet-stream',
        'png',
        '',
      ].map((type) => [200, type, ''] as const),
      [200, undefined, ''],
    ];
    const fetcher = create();
    for (const [status, type, reason] of answers) {
      script = (_request, response) =>
        response.writeHead(status, type === undefined ? {} : { 'content-type': type }).end();
      const outcome = await read(fetcher, url()).catch((error: unknown) => error);
      const found = outcome instanceof FetchRefused ? outcome.reason : '';
      expect([status, type, found]).toStrictEqual([status, type, reason]);
    }
  });

  it('refuses bodies that are compressed, too large by their own word or in truth', async () => {
    script = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1_000_000)));
    expect((await refusalOf(read(create(), url()))).reason).toBe('type');
    script = (_request, response) => response.writeHead(200, { 'content-length': MAX_BYTES + 1 }).write('x');
    expect((await refusalOf(create().open(url()))).reason).toBe('too_large');
    let sentBytes = 0;
    script = (_request, response) => {
      const pump = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) sentBytes += 16_384;
      };
      response.on('drain', pump);
      pump();
    };
    const refused = await refusalOf(read(create(), url()));
    expect([refused.reason, refused.message]).toStrictEqual([
      'too_large',
      `The picture has more than ${MAX_BYTES} bytes.`,
    ]);
    expect(sentBytes).toBeLessThan(20_000_000);
    script = (_request, response) => response.end(Buffer.alloc(MAX_BYTES));
    expect((await read(create(), url())).length).toBe(MAX_BYTES);
  });

  it('ends an endless redirect body without reading it', async () => {
    script = (request, response) => {
      if (request.url === '/end') response.end('picture');
      else response.writeHead(302, { location: '/end' }).write(Buffer.alloc(1_000_000));
    };
    expect((await read(create(), url())).toString()).toBe('picture');
  });

  it('gives up slow servers in time, wherever they are slow', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => {}));
    const dripping = createTcpServer((socket) => {
      const drip = setInterval(() => socket.write('x'), 20);
      socket
        .on('error', () => {})
        .on('close', () => {
          clearInterval(drip);
        });
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
    });
    for (const each of [silent, dripping]) await once(each.listen(0, '127.0.0.1'), 'listening');
    const fetcher = create({ allowedHosts: ['127.0.0.1'], timeoutMs: 200 });
    const slow: readonly ((response: ServerResponse) => void)[] = [
      () => {},
      (response) => response.write('x'),
      (response) => {
        const drip = setInterval(() => response.write('x'), 20);
        response.on('close', () => {
          clearInterval(drip);
        });
      },
    ];
    const slowly = async (address: string) => {
      const started = performance.now();
      expect((await refusalOf(read(fetcher, address))).reason).toBe('too_slow');
      expect(performance.now() - started).toBeLessThan(3000);
    };
    for (const each of [silent, dripping]) await slowly(`http://127.0.0.1:${portOf(each)}/`);
    for (const behave of slow) {
      script = (_request, response) => {
        behave(response);
      };
      await slowly(url());
    }
    await fetcher.close();
    silent.close();
    dripping.close();
  });

  it('calls a server that is not there, breaks off or talks nonsense unreachable', async () => {
    const fetcher = create({ allowedHosts: ['127.0.0.1'] });
    const closed = createTcpServer();
    await once(closed.listen(0, '127.0.0.1'), 'listening');
    const nowhere = portOf(closed);
    closed.close();
    const babbling = createTcpServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.6\r\n'));
    await once(babbling.listen(0, '127.0.0.1'), 'listening');
    script = (_request, response) => {
      response.writeHead(200, { 'content-length': 5000 }).write('half');
      setImmediate(() => response.destroy());
    };
    for (const address of [
      `http://127.0.0.1:${nowhere}/`,
      `http://127.0.0.1:${portOf(babbling)}/`,
      `https://127.0.0.1:${port}/`,
      'http://no-such-name.example/',
      url(),
    ]) {
      const refused = await refusalOf(read(fetcher, address));
      expect([address, refused.reason]).toStrictEqual([address, 'unreachable']);
      expect(refused.message).toBe('The picture could not be fetched from its server.');
    }
    babbling.close();
  });

  it('stops for its caller with the reason given, before and while reading', async () => {
    const fetcher = create();
    const reason = new Error('no longer wanted');
    await expect(fetcher.open(url(), AbortSignal.abort(reason))).rejects.toBe(reason);
    script = (_request, response) => response.write('x');
    const controller = new AbortController();
    const { body } = await fetcher.open(url(), controller.signal);
    const reading = (async () => {
      for await (const chunk of body) {
        expect(chunk.length).toBe(1);
        controller.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
  });

  it('survives a body that nobody reads', async () => {
    script = (_request, response) => response.write('x');
    const fetcher = create({ timeoutMs: 1000 });
    await fetcher.open(url());
    const gone = new Promise((resolve) => server.once('request', (_in, out) => out.once('close', resolve)));
    const { body } = await fetcher.open(url());
    await gone;
    expect((await refusalOf(body[Symbol.asyncIterator]().next())).reason).toBe('too_slow');
  });
});
