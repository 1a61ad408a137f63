/** One generated request: a legal one, with what was changed in it. */
import { ADMIN_TOKEN } from '../server.js';
import type { Dice } from './dice.js';
import { sample } from './from-schema.js';
import { junkText, junkValue, mutate, mutateText, STRANGE_NAMES } from './junk.js';
import { METHODS, type Method } from './methods.js';
import type { Operation } from './operations.js';
import type { Tenant } from './tenant.js';

export interface FuzzRequest {
  readonly method: Method;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
}

interface Parts {
  readonly dice: Dice;
  readonly tenant: Tenant;
  readonly operations: readonly Operation[];
  readonly schemas: Readonly<Record<string, unknown>>;
}

const CONTENT_TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'image/png',
  'application/json, text/html',
  '*/*',
  ';',
];
/** Headers that a call may bring, legal and not. */
const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['idempotency-key', ['a', 'key-1', 'key-1', 'x'.repeat(300), 'with space', '\u00e9']],
  [
    'prefer',
    ['respond-async', 'wait=1', 'wait=-1', 'wait=99999999999999999999', 'respond-async, wait=1', ',,'],
  ],
  ['x-disable-fallback', ['true', 'false', 'maybe']],
  ['x-request-id', ['mine', 'x'.repeat(500), '{}']],
  ['x-atelier-session', ['1', 'key_1']],
  ['cookie', ['atelier_80=x', '__Host-atelier=y; =; ;;', '%']],
  ['last-event-id', ['0', '1', '-1', 'x', '99999999999999999999', '1.5', '!!!!']],
  ['range', ['bytes=0-0', 'bytes=-1', 'bytes=5-2', 'bytes=0-,1-2', 'x', 'bytes=99999999999999999999-']],
  ['if-none-match', ['*', '"a"', 'W/', '"']],
  ['if-match', ['*', '"a"', '"']],
  ['if-modified-since', ['x', 'Sun, 06 Nov 1994 08:49:37 GMT', '0']],
  ['if-range', ['"a"', 'x']],
  ['accept', ['text/html', 'text/event-stream', '*/*', ',']],
  ['accept-encoding', ['gzip', 'br;q=9', '*']],
  ['origin', ['https://evil.example', 'null']],
  ['sec-fetch-site', ['cross-site', 'same-origin']],
  ['traceparent', ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-x']],
  ['x-forwarded-for', ['1.2.3.4', 'x']],
  ['x-forwarded-host', ['evil.example']],
];

/** Makes one request; every fourth is legal as it stands. */
export function createRequest(parts: Parts): {
  readonly request: FuzzRequest;
  /** The route that it was made for. */
  readonly route: string;
} {
  const { dice, tenant } = parts;
  const operation = pickOperation(parts);
  const changed = dice.chance(0.75);
  const { path, query } = target(operation, parts, changed);
  const sent = body(operation, parts, changed);
  const headers: Record<string, string> = { ...authorization(operation, parts), ...sent.headers };
  for (let more = dice.roll(3); more > 0; more -= 1) {
    const [name, values] = dice.pick(HEADERS);
    headers[name] = dice.chance(0.9) ? dice.pick(values) : headerText(junkText(dice));
  }
  if (operation.path === '/i/{name}' && dice.chance(0.6)) {
    const link = dice.pick(tenant.links);
    const asked = changed ? link.slice(0, 3) + mutateText(link.slice(3), dice) : link;
    return {
      request: { method: 'GET', path: pathText(asked), headers, body: undefined },
      route: 'GET /i/{name}',
    };
  }
  const method = dice.chance(0.03) ? dice.pick(METHODS) : operation.method;
  return {
    request: { method, path: path + query, headers, body: sent.body },
    route: `${operation.method} ${operation.path}`,
  };
}

/** Routes that take a body have more to get wrong. */
function pickOperation({ dice, operations }: Parts): Operation {
  const operation = dice.pick(operations);
  return operation.bodies.length === 0 && dice.chance(0.5) ? dice.pick(operations) : operation;
}

function authorization({ security }: Operation, { dice, tenant }: Parts): Readonly<Record<string, string>> {
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  if (dice.chance(0.02)) return {};
  if (dice.chance(0.02)) return { authorization: headerText(junkText(dice)) };
  if (security === 'admin' && dice.chance(0.95)) return bearer(ADMIN_TOKEN);
  if (dice.chance(0.15)) return bearer(dice.pick(tenant.keys));
  return bearer(tenant.owners[dice.chance(0.8) ? 1 : 0]);
}

function target(operation: Operation, parts: Parts, changed: boolean): { path: string; query: string } {
  const { dice, tenant, schemas } = parts;
  const known = (field: string) => tenant.known.get(field);
  const path = operation.path.replace(/([^/]*)\/\{([^}]+)\}/g, (_whole, before: string, name: string) => {
    const values = known(`${before}/${name}`) ?? known(name) ?? ['x'];
    const value = String(dice.pick(values));
    const odd = changed && dice.chance(0.3) ? mutateText(value, dice) : value;
    return `${before}/${dice.chance(0.95) ? encode(odd) : pathText(odd)}`;
  });
  const pairs = operation.parameters
    .filter((one) => one.in === 'query' && dice.chance(0.4))
    .map(({ name, schema }): [string, string] => {
      const value = String(sample(schema, { dice, schemas, known }, name));
      return [name, changed && dice.chance(0.4) ? junkText(dice) : value];
    });
  if (changed && dice.chance(0.05)) pairs.push([dice.pick(STRANGE_NAMES), junkText(dice)]);
  const [first] = pairs;
  if (changed && first !== undefined && dice.chance(0.05)) pairs.push(first);
  const text = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  return { path, query: text === '' ? '' : `?${text}` };
}

function body(
  { method, bodies }: Operation,
  parts: Parts,
  changed: boolean,
): { headers: Readonly<Record<string, string>>; body: string | Buffer | undefined } {
  const { dice, tenant, schemas } = parts;
  const bodyless = method === 'GET' || method === 'HEAD';
  if (bodies.length === 0) {
    if (bodyless || !dice.chance(0.1)) return { headers: {}, body: undefined };
    return { headers: { 'content-type': dice.pick(CONTENT_TYPES) }, body: JSON.stringify(junkValue(dice)) };
  }
  const { type, schema } = dice.pick(bodies);
  const legal = sample(schema, { dice, schemas, known: (field) => tenant.known.get(field) });
  const value = changed && dice.chance(0.8) ? mutate(legal, dice) : legal;
  if (type === 'multipart/form-data' && dice.chance(0.9)) return form(value, parts, changed);
  const text = JSON.stringify(value);
  const sent = changed && dice.chance(0.08) ? spoil(text, dice) : text;
  return {
    headers: { 'content-type': changed && dice.chance(0.03) ? dice.pick(CONTENT_TYPES) : 'application/json' },
    body: sent,
  };
}

/** The fields of an object as a form, pictures as files. */
function form(value: unknown, { dice, tenant }: Parts, changed: boolean) {
  const boundary = 'limit-of-the-fuzz';
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const picture = tenant.picture;
  const parts = fields.flatMap(([name, field]: readonly [string, unknown]) => {
    const isFile = /^(image|images|mask|file)$/.test(name) && dice.chance(0.8);
    const head =
      `--${boundary}\r\ncontent-disposition: form-data; name="${name.replace(/["\r\n]/g, '')}"` +
      (isFile ? '; filename="a.png"\r\ncontent-type: image/png' : '');
    const text = typeof field === 'string' ? field : JSON.stringify(field);
    return [Buffer.from(`${head}\r\n\r\n`), isFile ? picture : Buffer.from(text), Buffer.from('\r\n')];
  });
  const whole = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: changed && dice.chance(0.3) ? spoilBytes(whole, dice) : whole,
  };
}

function spoil(text: string, dice: Dice): Buffer {
  return dice.chance(0.2) ? Buffer.from(mutateText(text, dice)) : spoilBytes(Buffer.from(text), dice);
}

/** Bytes with some of them changed, cut off, left out or doubled. */
export function spoilBytes(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.roll(bytes.length + 1);
  const length = dice.roll(Math.min(64, bytes.length + 1));
  switch (dice.roll(5)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 3: {
      const junk = Buffer.from(Array.from({ length }, () => dice.roll(256)));
      return Buffer.concat([bytes.subarray(0, at), junk, bytes.subarray(at)]);
    }
    default: {
      const changed = Buffer.from(bytes);
      for (let times = 1 + dice.roll(8); times > 0 && changed.length > 0; times -= 1) {
        const place = dice.roll(changed.length);
        changed[place] = dice.chance(0.5) ? dice.roll(256) : (changed[place] ?? 0) ^ (1 << dice.roll(8));
      }
      return changed;
    }
  }
}

/** As addresses write it; what can't be written stands as it is. */
function encode(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

/** What may stand in the first line of a request, unescaped. */
function pathText(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '') || '/';
}

/** What a client can write into a header at all. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e\x80-\xff]/g, '');
}
