/** What strangers send as pictures: broken, endless, elsewhere, or half. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, generation } from '../support/answers.js';
import { hostilePictures, type HostilePicture } from '../support/hostile-pictures.js';
import { startTestServer, type TestServer } from '../support/server.js';

const MIB = 1024 * 1024;
/** Above the largest of the hostile pictures that are whole. */
const LIMIT = 6 * MIB;
const wish = { model: 'gemini-2-5-flash-image', prompt: 'make it winter' };
/** What a refusal of bytes may be called. */
const CODES = /^(invalid_image|invalid_file|invalid_request|payload_too_large)$/;

let server: TestServer;
let good: Buffer;
let pictureHost: PictureHost;

beforeAll(async () => {
  good = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#3366cc' } })
    .png()
    .toBuffer();
  pictureHost = await listen();
  server = await startTestServer({
    env: {
      ATELIER_MAX_INPUT_BYTES: String(LIMIT),
      ATELIER_MAX_BODY_BYTES: String(2 * LIMIT),
      ATELIER_INPUT_HOSTS: `127.0.0.1:${pictureHost.port}`,
    },
  });
});
afterEach(async () => {
  // Whatever a test did to it, the server lives and holds nothing.
  expect((await server.call('GET', '/healthz')).status).toBe(200);
  await expect.poll(server.blobs.halves).toEqual([]);
});
afterAll(async () => {
  pictureHost.server.closeAllConnections();
  pictureHost.server.close();
  await server.stop();
});

interface PictureHost {
  readonly server: Server;
  readonly port: number;
  /** Paths that were asked for. */
  readonly asked: string[];
  answer: RequestListener;
}

async function listen(): Promise<PictureHost> {
  const host: { answer: RequestListener; asked: string[] } = {
    asked: [],
    answer: (_request, response) => {
      response.setHeader('content-type', 'image/png').end(good);
    },
  };
  const http = createServer((incoming, response) => {
    host.asked.push(incoming.url ?? '');
    host.answer(incoming, response);
  });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const { port } = z.object({ port: z.number() }).parse(http.address());
  return Object.assign(host, { server: http, port });
}

function formOf(pictures: readonly File[], field = 'image[]'): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(wish)) form.append(name, value);
  for (const picture of pictures) form.append(field, picture);
  return form;
}

const file = ({ bytes, name, contentType }: HostilePicture) =>
  new File([new Uint8Array(bytes)], `${name}.png`, { type: contentType });
const goodFile = () => new File([new Uint8Array(good)], 'good.png', { type: 'image/png' });

describe('pictures that are none', () => {
  it('are refused by their place in a form; those that are whole are edited; memory stays bounded', async () => {
    const pictures = await hostilePictures();
    expect(pictures.length).toBeGreaterThan(50);
    const before = process.memoryUsage().rss;
    const wrong: unknown[] = [];
    for (const picture of pictures) {
      const answer = await server.edit(formOf([goodFile(), file(picture)]));
      const health = await server.call('GET', '/healthz');
      if (picture.expect === 'accepted') {
        if (answer.status !== 200) wrong.push([picture.name, answer.body]);
        continue;
      }
      const parsed = failure.safeParse(answer.body);
      const { code, param } = parsed.data?.error ?? {};
      const told = CODES.test(code ?? '') && param === 'image[1]';
      if (answer.status < 400 || answer.status > 499 || !told || health.status !== 200)
        wrong.push([picture.name, answer.status, code, param]);
    }
    expect(wrong).toEqual([]);
    // The libraries and their threads take their part at first use; one bomb that went off would take gigabytes.
    expect(process.memoryUsage().rss - before).toBeLessThan(512 * MIB);
  }, 90_000);

  it('are refused as base64 and as masks', async () => {
    const pictures = (await hostilePictures()).filter(
      ({ expect: expected, bytes }, at) => expected === 'refused' && bytes.length > 0 && at % 5 === 0,
    );
    const wrong: unknown[] = [];
    for (const { name, bytes } of pictures) {
      const base64 = bytes.toString('base64');
      for (const [param, body] of [
        ['image_base64', { image_base64: base64 }],
        ['image[1]', { image: [1, 2].map(() => ({ image_url: `data:image/png;base64,${base64}` })) }],
        ['mask', { image_base64: good.toString('base64'), mask: `data:image/png;base64,${base64}` }],
      ] as const) {
        const answer = await server.edit({ ...wish, ...body });
        const { error } = failure.parse(answer.body);
        const place = param === 'image[1]' ? /^image\[[01]\]/ : param;
        const told = typeof place === 'string' ? error.param === place : place.test(error.param ?? '');
        if (answer.status !== 400 || !CODES.test(error.code) || !told) wrong.push([name, param, error]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['characters that are no base64', '!!!!'],
    ['half a group', 'iVBORw0KGgo'],
    ['padding inside', 'iVBO=w0KGgo='],
    ['nothing', ''],
  ])('are refused as base64 of %s', async (_name, text) => {
    const answer = await server.edit({ ...wish, image_base64: text });
    expect(answer.status).toBe(400);
    expect(failure.parse(answer.body).error.param).toMatch(/^image/);
  });
});

describe('uploads without end', () => {
  const DECLARED = 600 * MIB;
  const FORM = 'multipart/form-data; boundary=x';
  const part = (name: string) => `--x\r\ncontent-disposition: form-data; name="${name}"`;
  const formHead = `${part('image[]')}; filename="a.png"\r\ncontent-type: image/png\r\n\r\n`;

  /**
   * Sends for as long as the server takes it, up to the declared bytes, and tells what came back and whether the server
   * closed. On a bare socket, because clients give up reading once their writing fails.
   */
  async function send(type: string, head: string, declare: number | undefined, allowHalfOpen = false) {
    const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', allowHalfOpen });
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
    socket.on('error', () => {
      // The server closes while more is on its way.
    });
    const closed = new Promise<void>((resolve) => {
      socket.on('close', () => {
        resolve();
      });
    });
    const length = declare === undefined ? 'transfer-encoding: chunked' : `content-length: ${declare}`;
    socket.write(
      `POST /v1/images/edits HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.testKey}\r\n` +
        `content-type: ${type}\r\n${length}\r\n\r\n`,
    );
    const frame = (bytes: Buffer) =>
      declare === undefined
        ? Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
        : bytes;
    socket.write(frame(Buffer.from(head)));
    const piece = frame(Buffer.alloc(64 * 1024, 'A'));
    const givenUp = sleep(20_000, 'given up', { ref: false });
    let sentBytes = 0;
    while (!socket.destroyed && (allowHalfOpen || sentBytes < DECLARED)) {
      sentBytes += piece.length;
      if (socket.write(piece)) continue;
      const drained = new Promise<void>((resolve) => socket.once('drain', resolve));
      if ((await Promise.race([drained, closed, givenUp])) === 'given up') break;
    }
    const isOpen = (await Promise.race([closed, givenUp])) === 'given up';
    socket.destroy();
    const status = Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1]);
    return {
      status,
      error: failure.parse(JSON.parse(text.slice(text.indexOf('{')))).error,
      sentBytes,
      isOpen,
    };
  }

  it.each([
    ['a form that declares 600 MB', FORM, formHead, DECLARED, 'image[0]'],
    ['a form in chunks', FORM, formHead, undefined, 'image[0]'],
    ['JSON that declares 600 MB', 'application/json', '{"image_base64": "', DECLARED, 'image_base64'],
    ['JSON in chunks', 'application/json', '{"image_base64": "', undefined, 'image_base64'],
    ['JSON that is no picture', 'application/json', '{"prompt": "', undefined, null],
  ])('are cut at the limit: %s', async (_name, type, head, declare, param) => {
    const before = process.memoryUsage().rss;
    const { status, error, sentBytes, isOpen } = await send(type, head, declare);
    expect(status).toBe(413);
    expect(error).toMatchObject({ code: 'payload_too_large', param });
    expect(isOpen).toBe(false);
    // The limit, and what the sockets on the way have taken in.
    expect(sentBytes).toBeLessThan(LIMIT + 32 * MIB);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * MIB);
  });

  it('are not read for long from a caller that goes on sending after the answer', async () => {
    const startedAt = Date.now();
    const { status, isOpen } = await send('application/json', '{"image_base64": "', undefined, true);
    expect(status).toBe(413);
    expect(isOpen).toBe(false);
    expect(Date.now() - startedAt).toBeLessThan(15_000);
  });

  it('behind a field that is refused are not waited for: the server answers and closes', async () => {
    const twice = `${part('n')}\r\n\r\n1\r\n`;
    const { status, error, isOpen } = await send(FORM, twice + twice + formHead, DECLARED);
    expect(status).toBe(400);
    expect(error).toMatchObject({ code: 'invalid_request', param: 'n' });
    expect(isOpen).toBe(false);
  });

  it('and of too many files are refused with their number', async () => {
    const form = formOf(Array.from({ length: 18 }, goodFile));
    const answer = await server.edit(form);
    expect(answer.status).toBe(413);
    const { error } = failure.parse(answer.body);
    expect(error.code).toBe('payload_too_large');
    expect(error.message).toContain('at most 17 pictures');
    const forModel = await server.edit(formOf(Array.from({ length: 5 }, goodFile)));
    expect(failure.parse(forModel.body).error).toMatchObject({
      code: 'invalid_request',
      param: 'image[3]',
      allowed: [3],
    });
  });
});

describe('addresses', () => {
  const atHost = (name: string) => `http://127.0.0.1:${pictureHost.port}/${name}`;

  it('of the operator’s own hosts are fetched', async () => {
    const body = generation.parse(
      (await server.edit({ ...wish, image: { image_url: atHost('a.png') } })).body,
    );
    expect(body.status).toBe('succeeded');
    expect(pictureHost.asked).toContain('/a.png');
  });

  it.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://[::1]:PORT/',
    'http://2130706433:PORT/',
    'http://0:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/picture.png',
    'http://user:pass@127.0.0.1/picture.png',
    'http://nowhere.invalid/picture.png',
    'http://',
  ])('that are not public are refused at once: %s', async (url) => {
    const inside = await listen();
    const begin = performance.now();
    try {
      const given = url.replace('PORT', String(inside.port));
      for (const image of [given, { image_url: given }]) {
        const answer = await server.edit({ ...wish, image });
        expect(answer.status).toBe(400);
        const { error } = failure.parse(answer.body);
        expect(error.code).toBe('invalid_image_url');
        expect(error.param).toMatch(/^image(\.image_url)?$/);
      }
      expect(inside.asked).toEqual([]);
      expect(performance.now() - begin).toBeLessThan(5_000);
    } finally {
      inside.server.close();
    }
  });

  it.each<readonly [string, RequestListener]>([
    [
      'is endless',
      (_request, response) => {
        response.setHeader('content-type', 'image/png');
        const more = () => {
          while (response.write(Buffer.alloc(64 * 1024, 'A'))) if (response.destroyed) return;
        };
        response.on('drain', more).on('error', () => {
          // The gateway has had enough.
        });
        more();
      },
    ],
    [
      'declares too much',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'image/png', 'content-length': 600 * MIB });
        response.write('A');
      },
    ],
    [
      'breaks off',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'image/png', 'content-length': good.length });
        response.write(good.subarray(0, 40), () => response.destroy());
      },
    ],
    ['is a page', (_request, response) => response.setHeader('content-type', 'text/html').end('<p>')],
    ['is not there', (_request, response) => response.writeHead(404).end()],
    [
      'redirects for ever',
      (incoming, response) => response.writeHead(302, { location: `${incoming.url ?? ''}x` }).end(),
    ],
    [
      'redirects to a file',
      (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    ],
  ])('whose picture %s are refused', async (_name, answer) => {
    pictureHost.answer = answer;
    const refused = await server.edit({ ...wish, images: [{ image_url: atHost('b.png') }] });
    expect(refused.status).toBe(400);
    expect(failure.parse(refused.body).error).toMatchObject({
      code: 'invalid_image_url',
      param: 'images[0].image_url',
    });
  });

  it('that deliver something else than a picture are refused as that', async () => {
    pictureHost.answer = (_request, response) => {
      response.setHeader('content-type', 'image/png').end('root:x:0:0');
    };
    const refused = await server.edit({ ...wish, image: atHost('c.png') });
    expect(failure.parse(refused.body).error).toMatchObject({ code: 'invalid_image', param: 'image' });
    expect(JSON.stringify(refused.body)).not.toContain('root:x');
  });

  it('that redirect from an own host to another port inside are refused, and nobody is called there', async () => {
    const inside = await listen();
    try {
      for (const name of ['127.0.0.1', 'localhost']) {
        pictureHost.answer = (_request, response) => {
          response.writeHead(302, { location: `http://${name}:${inside.port}/secret.png` }).end();
        };
        const refused = await server.edit({ ...wish, image: atHost('d.png') });
        expect(refused.status).toBe(400);
        expect(failure.parse(refused.body).error).toMatchObject({
          code: 'invalid_image_url',
          param: 'image',
        });
      }
      expect(inside.asked).toEqual([]);
    } finally {
      inside.server.close();
    }
  });
});
