/** Formats that a provider could answer in from one day to the next. */
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import type { ProxiedAnswer } from './answer-proxy.js';

/** A base64 text this long is a picture. */
const PICTURE_CHARS = 400;

/** Changes every text, from the innermost on. */
async function mapTexts(value: unknown, change: (text: string) => Promise<string>): Promise<unknown> {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return Promise.all(value.map((item) => mapTexts(item, change)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([name, item]) => [name, await mapTexts(item, change)]);
  return Object.fromEntries(await Promise.all(entries));
}

/** The bytes of a picture in base64, also as an address of its own; undefined for any other text. */
async function readPicture(text: string): Promise<Buffer | undefined> {
  const base64 = text.replace(/^data:[^,]*,/, '');
  if (base64.length < PICTURE_CHARS || !/^[\w+/=-]+$/.test(base64)) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  const isOne = await sharp(bytes)
    .metadata()
    .then(
      () => true,
      () => false,
    );
  return isOne ? bytes : undefined;
}

/** Puts the address of each picture in its place. */
const linked = (value: unknown, store: (bytes: Buffer) => string) =>
  mapTexts(value, async (text) => {
    const picture = await readPicture(text);
    return picture === undefined ? text : store(picture);
  });

const json = (answer: ProxiedAnswer, value: unknown): ProxiedAnswer => ({
  ...answer,
  body: Buffer.from(JSON.stringify(value)),
});
const parse = (answer: ProxiedAnswer): unknown => JSON.parse(answer.body.toString());
const typed = (answer: ProxiedAnswer, type: string, body: string): ProxiedAnswer => ({
  ...answer,
  headers: { ...answer.headers, 'content-type': type },
  body: Buffer.from(body),
});

const PAGE =
  '<!doctype html><html><head><title>Sign in</title></head><body><form action="/login"></form></body></html>';

/** Each makes a good answer one of another format. `store` keeps a picture and gives its address. */
export const OTHER_FORMATS = {
  'a page with 200': (answer) => typed(answer, 'text/html; charset=utf-8', PAGE),
  'a redirect to a sign-in': (answer) => ({
    ...typed(answer, 'text/html; charset=utf-8', ''),
    status: 302,
    headers: { location: '/login?next=%2Fv1' },
  }),
  'an empty body': (answer) => ({ ...answer, body: Buffer.alloc(0) }),
  'lines of JSON': (answer) =>
    typed(answer, 'application/x-ndjson', `{"progress":0.5}\n${answer.body.toString()}\n`),
  'other names of fields': (answer) => {
    const value = parse(answer);
    if (typeof value !== 'object' || value === null) return answer;
    return json(answer, Object.fromEntries(Object.entries(value).map(([name, item]) => [`${name}V2`, item])));
  },
  'an array around it': (answer) => json(answer, [parse(answer)]),
  'events where JSON was asked': (answer) =>
    typed(answer, 'text/event-stream', `event: message\ndata: ${answer.body.toString()}\n\ndata: [DONE]\n\n`),
  'packed without being asked': (answer) => ({
    ...answer,
    headers: { ...answer.headers, 'content-encoding': 'gzip' },
    body: gzipSync(answer.body),
  }),
  'links where base64 was': async (answer, store) => json(answer, await linked(parse(answer), store)),
  'links under their own name': async (answer, store) => {
    const text = JSON.stringify(await linked(parse(answer), store));
    return {
      ...answer,
      body: Buffer.from(text.replaceAll('"url":null', '"link":null').replaceAll('"b64_json"', '"url"')),
    };
  },
  'WebP instead of PNG': async (answer) => {
    const value = await mapTexts(parse(answer), async (text) => {
      const picture = await readPicture(text);
      if (picture === undefined) return text;
      return (await sharp(picture).webp({ lossless: true, effort: 0 }).toBuffer()).toString('base64');
    });
    return json(answer, value);
  },
} as const satisfies Record<
  string,
  (answer: ProxiedAnswer, store: (bytes: Buffer) => string) => ProxiedAnswer | Promise<ProxiedAnswer>
>;

export type OtherFormat = keyof typeof OTHER_FORMATS;
