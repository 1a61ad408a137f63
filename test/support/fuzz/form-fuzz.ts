/** Forms with pictures that no client would send, as bytes over the wire. */
import type { TestServer } from '../server.js';
import { Dice, seedOf } from './dice.js';
import { judgeAnswer } from './judge-answer.js';
import { mutateBytes } from './mutate-bytes.js';
import { sendOnce } from './raw-http.js';

interface Part {
  readonly headers: readonly string[];
  readonly body: Buffer;
}

interface Form {
  readonly path: string;
  readonly boundary: string;
  readonly parts: readonly Part[];
}

/** A request on its way to becoming bytes. */
interface FormRequest {
  readonly head: string;
  readonly body: Buffer;
  readonly breaksOff: boolean;
}

export interface FuzzRun {
  readonly seed: number;
  /** Number of the first case. */
  readonly from: number;
  readonly count: number;
}

export interface FuzzOutcome {
  /** What went against the rules, with the seed and number of the case. */
  readonly faults: readonly string[];
  /** How often there was which answer. */
  readonly answers: ReadonlyMap<string, number>;
}

const LANES = 16;
const MAX_FAULTS = 10;
const DEADLINE_MS = 30_000;
const LONG = 'n'.repeat(20_000);

/** Sends mutated forms to the routes that take some, and judges the answers. */
export async function fuzzForms(
  server: TestServer,
  picture: Buffer,
  { seed, from, count }: FuzzRun,
): Promise<FuzzOutcome> {
  const faults: string[] = [];
  const answers = new Map<string, number>();
  let next = from;
  const lane = async () => {
    while (next < from + count && faults.length < MAX_FAULTS) {
      const index = next;
      next += 1;
      const request = createForm(new Dice(seedOf(seed, index)), picture, server.testKey);
      const bytes = Buffer.concat([Buffer.from(request.head, 'latin1'), request.body]);
      try {
        const answer = await sendOnce(server.url, bytes, {
          deadlineMs: DEADLINE_MS,
          breaksOff: request.breaksOff,
        });
        const name = answer === undefined ? 'closed' : String(answer.status);
        answers.set(name, (answers.get(name) ?? 0) + 1);
        const fault = judge(answer, request);
        if (fault !== undefined) faults.push(`seed ${seed}, form ${index}: ${fault}\n${show(bytes)}`);
      } catch (error) {
        faults.push(`seed ${seed}, form ${index}: ${String(error)}\n${show(bytes)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { faults, answers };
}

function judge(answer: Awaited<ReturnType<typeof sendOnce>>, request: FormRequest): string | undefined {
  // Nobody has to answer what was broken off.
  if (answer === undefined) return request.breaksOff ? undefined : 'closed without an answer';
  // What is no HTTP is answered before there is an id.
  if (answer.status === 400 && answer.headers['x-request-id'] === undefined) return undefined;
  return judgeAnswer(answer.status, answer.headers, answer.body, 'POST');
}

function createForm(dice: Dice, picture: Buffer, key: string): FormRequest {
  let form = plainForm(dice, picture);
  const changes = dice.pick([0, 1, 1, 1, 2, 3]);
  for (let n = 0; n < changes; n += 1) form = changeForm(form, dice, picture);
  let body = serialise(form);
  if (dice.chance(0.3)) body = changeWhole(body, form.boundary, dice);
  for (let n = dice.pick([0, 0, 0, 1, 2]); n > 0; n -= 1) body = mutateBytes(body, dice);
  const { lines, breaksOff, framed } = frame(body, dice);
  const type = dice.chance(0.85)
    ? `multipart/form-data; boundary=${form.boundary}`
    : oddType(form.boundary, dice);
  const head = [
    `POST ${form.path} HTTP/1.1`,
    'host: gateway',
    'connection: close',
    `authorization: Bearer ${key}`,
    `content-type: ${type}`,
    ...lines,
    '',
    '',
  ].join('\r\n');
  return { head, body: framed, breaksOff };
}

const field = (name: string, value: string): Part => ({
  headers: [`content-disposition: form-data; name="${name}"`],
  body: Buffer.from(value),
});

const file = (name: string, body: Buffer): Part => ({
  headers: [`content-disposition: form-data; name="${name}"; filename="a.png"`, 'content-type: image/png'],
  body,
});

function plainForm(dice: Dice, picture: Buffer): Form {
  const boundary = `----boundary${dice.roll(1e9)}`;
  if (dice.chance(0.5)) {
    return { path: '/v1/files', boundary, parts: [field('purpose', 'vision'), file('file', picture)] };
  }
  const parts = [
    field('model', 'gemini-2-5-flash-image'),
    file(dice.pick(['image', 'image[]']), picture),
    field('prompt', 'make it winter'),
    field('response_format', 'url'),
    field('dry_run', 'true'),
  ];
  return { path: '/v1/images/edits', boundary, parts };
}

function changeForm(form: Form, dice: Dice, picture: Buffer): Form {
  const { parts } = form;
  const index = dice.roll(Math.max(1, parts.length));
  const part = parts[index];
  if (part === undefined) return { ...form, parts: [file('file', picture)] };
  const replaced = (...by: readonly Part[]): Form => ({
    ...form,
    parts: [...parts.slice(0, index), ...by, ...parts.slice(index + 1)],
  });
  switch (dice.roll(12)) {
    case 0:
      return replaced();
    case 1:
      return replaced(part, part);
    case 2:
      return replaced(...Array.from({ length: dice.pick([20, 130, 400]) }, () => part));
    case 3:
      return replaced({ ...part, body: Buffer.alloc(0) });
    case 4:
      return replaced({ ...part, headers: changeHeaders(part.headers, dice) });
    case 5:
      return replaced({ headers: part.headers, body: mutateBytes(part.body, dice) });
    case 6:
      return replaced(part, field(dice.pick(['__proto__', 'constructor', 'toString', '', LONG, 'é\0']), 'x'));
    case 7:
      return replaced({ ...part, body: Buffer.alloc(dice.pick([5_000, 70_000, 1_100_000]), 'a') });
    // A form inside of the form, under a boundary of its own or under the same.
    case 8: {
      const inner = dice.chance(0.5) ? form.boundary : 'inner';
      const nested = serialise({ ...form, boundary: inner, parts: [part] });
      const type = `content-type: multipart/mixed; boundary=${inner}`;
      return replaced({ headers: ['content-disposition: form-data; name="image"', type], body: nested });
    }
    case 9:
      return {
        ...form,
        boundary: dice.pick(['a', '-', '--', 'b'.repeat(70), 'c'.repeat(5_000), "'()+_,./:=?"]),
      };
    case 10:
      return replaced({ ...part, body: Buffer.from(`\r\n--${form.boundary}\r\n\r\n--${form.boundary}--`) });
    default:
      return { ...form, parts: parts.toReversed() };
  }
}

function changeHeaders(headers: readonly string[], dice: Dice): readonly string[] {
  const [first = '', ...rest] = headers;
  const disposition = (text: string) => [`content-disposition: ${text}`, ...rest];
  switch (dice.roll(16)) {
    case 0:
      return rest;
    case 1:
      return disposition('form-data');
    case 2:
      return disposition('form-data; name=""');
    case 3:
      return disposition(`form-data; name="${LONG}"; filename="${LONG}"`);
    case 4:
      return disposition('attachment; name="image"; filename="a.png"');
    case 5:
      return disposition(`form-data; name="image"; filename*=UTF-8''%ff%fe${'%'.repeat(dice.roll(50))}`);
    case 6:
      return disposition('form-data; name="image; filename="a"b.png');
    case 7:
      return disposition('form-data; name="image"; filename="../../../etc/passwd\0.png"');
    case 8:
      return [...headers, `x-long: ${'h'.repeat(dice.pick([1_000, 20_000, 200_000]))}`];
    case 9:
      return [...headers, ...Array.from({ length: dice.pick([50, 3_000]) }, (_, n) => `x-${n}: y`)];
    case 10:
      return [...headers, 'content-transfer-encoding: base64'];
    case 11:
      return [first, first, ...rest];
    case 12:
      return ['no colon in here', ...headers];
    case 13:
      return [`${first}\r\n folded: on`, ...rest];
    case 14:
      return [first.replace('name=', 'name*='), ...rest];
    default:
      return headers.map((line) => mutateBytes(Buffer.from(line, 'latin1'), dice).toString('latin1'));
  }
}

function serialise({ boundary, parts }: Form): Buffer {
  return Buffer.concat([
    ...parts.flatMap(({ headers, body }) => [
      Buffer.from(`--${boundary}\r\n${headers.join('\r\n')}\r\n\r\n`, 'latin1'),
      body,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
}

/** What concerns the body as a whole. */
function changeWhole(body: Buffer, boundary: string, dice: Dice): Buffer {
  switch (dice.roll(7)) {
    case 0:
      return Buffer.alloc(0);
    case 1:
      return Buffer.from(`--${boundary}--\r\n`);
    case 2:
      return Buffer.concat([Buffer.from('before the first\r\n'.repeat(1 + dice.roll(5_000))), body]);
    case 3:
      return Buffer.concat([body, Buffer.from('behind the last'.repeat(1 + dice.roll(5_000)))]);
    case 4:
      return body.subarray(0, dice.roll(body.length + 1));
    case 5:
      return Buffer.from(body.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
    default:
      return Buffer.concat([body, body]);
  }
}

function oddType(boundary: string, dice: Dice): string {
  return dice.pick([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
    `multipart/form-data; boundary="${boundary}"`,
    `multipart/form-data; boundary=${boundary}; boundary=other`,
    'multipart/form-data; boundary=other',
    `multipart/form-data; boundary=${'x'.repeat(5_000)}`,
    `multipart/mixed; boundary=${boundary}`,
    `MULTIPART/FORM-DATA; BOUNDARY=${boundary}`,
    'application/x-www-form-urlencoded',
    'application/json',
    `multipart/form-data;;; boundary=${boundary};charset=utf-16`,
  ]);
}

/** The length as it is, as it is not, or none: in chunks. */
function frame(body: Buffer, dice: Dice): { lines: readonly string[]; breaksOff: boolean; framed: Buffer } {
  const exact = { lines: [`content-length: ${body.length}`], breaksOff: false, framed: body };
  switch (dice.roll(14)) {
    case 0: {
      const more = body.length + 1 + dice.roll(10_000);
      return { ...exact, lines: [`content-length: ${more}`], breaksOff: true };
    }
    // What is left over is no second request.
    case 1:
      return { ...exact, lines: [`content-length: ${dice.roll(body.length + 1)}`], breaksOff: true };
    case 2:
      return { ...exact, lines: ['transfer-encoding: chunked'], framed: inChunks(body, dice) };
    case 3: {
      const framed = mutateBytes(inChunks(body, dice), dice);
      return { lines: ['transfer-encoding: chunked'], breaksOff: true, framed };
    }
    case 4:
      return { ...exact, lines: [], breaksOff: true };
    default:
      return exact;
  }
}

function inChunks(body: Buffer, dice: Dice): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const piece = body.subarray(at, at + 1 + dice.roll(dice.pick([8, 200, 100_000])));
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
    at += piece.length;
    // Not one packet for each byte of a large body.
    if (pieces.length > 600) {
      const rest = body.subarray(at);
      if (rest.length > 0)
        pieces.push(Buffer.from(`${rest.length.toString(16)}\r\n`), rest, Buffer.from('\r\n'));
      break;
    }
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

function show(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1').slice(0, 1_500));
}
