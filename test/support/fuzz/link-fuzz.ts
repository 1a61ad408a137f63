/** Signed links with changes: none opens but the original, however it is written. */
import { Dice, seedOf } from './dice.js';
import type { FuzzOutcome } from './form-fuzz.js';
import { RawConnection, type RawAnswer } from './raw-http.js';

const LANES = 8;
const MAX_FAULTS = 10;
const DEADLINE_MS = 15_000;
const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PUNCTUATION = ['%', '&', '=', '?', '#', ';', '/', '+', '.', '\\'];
/** What the holder may add; see docs/api.md. */
const FREE = ['download', 'dl'];

/** A link and what it opens. */
export interface OpenLink {
  /** Path and query. */
  readonly target: string;
  readonly body: Buffer;
}

export interface LinkRun {
  readonly seed: number;
  /** Of other bytes that are put into each place; 255 are all there are. */
  readonly bytesPerPlace: number;
  /** Of links with several changes each. */
  readonly count: number;
}

export async function fuzzLinks(url: string, links: readonly OpenLink[], run: LinkRun): Promise<FuzzOutcome> {
  const faults: string[] = [];
  const answers = new Map<string, number>();
  const changed = changedLinks(links, run);
  const lane = async () => {
    const connection = new RawConnection(url, DEADLINE_MS);
    for (const { target, link } of changed) {
      if (faults.length >= MAX_FAULTS) break;
      try {
        const answer = await connection.get(target);
        answers.set(String(answer.status), (answers.get(String(answer.status)) ?? 0) + 1);
        const fault = judge(answer, target, link);
        if (fault !== undefined) faults.push(`seed ${run.seed}: ${fault}\n${JSON.stringify(target)}`);
      } catch (error) {
        faults.push(`seed ${run.seed}: ${String(error)}\n${JSON.stringify(target)}`);
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { faults, answers };
}

function judge(answer: RawAnswer, target: string, link: OpenLink): string | undefined {
  if (answer.status >= 500) return `${answer.status} ${answer.body.toString().slice(0, 300)}`;
  const shows = answer.body.includes(link.body);
  if (answer.status < 300 && target.startsWith('/i/') && !shows) return 'something else is shown';
  if (shows && answer.status >= 300) return 'the picture is in a refusal';
  return shows && !isSame(target, link.target) ? 'a changed link opens' : undefined;
}

interface Changed {
  readonly target: string;
  readonly link: OpenLink;
}

function* changedLinks(
  links: readonly OpenLink[],
  { seed, bytesPerPlace, count }: LinkRun,
): Generator<Changed> {
  for (const link of links) {
    for (let at = 0; at < link.target.length; at += 1) {
      for (const target of atPlace(link.target, at, new Dice(seedOf(seed, at)), bytesPerPlace)) {
        yield { target, link };
      }
    }
    for (const target of asAWhole(link.target, links)) {
      // Another true link is put together, too.
      if (!links.some((other) => other !== link && isSame(target, other.target))) yield { target, link };
    }
  }
  for (let index = 0; index < count; index += 1) {
    const dice = new Dice(seedOf(seed + 1, index));
    const link = dice.pick(links);
    let { target } = link;
    for (let n = 1 + dice.roll(4); n > 0; n -= 1) {
      target = dice.pick([...atPlace(target, dice.roll(target.length), dice, 4)]);
    }
    yield { target, link };
  }
}

function* atPlace(target: string, at: number, dice: Dice, bytes: number): Generator<string> {
  const [before, now = '', after] = [target.slice(0, at), target[at], target.slice(at + 1)];
  const code = now.charCodeAt(0);
  const encoded = code.toString(16).padStart(2, '0');
  const others =
    bytes >= 255
      ? Array.from({ length: 256 }, (_, value) => value).filter((value) => value !== code)
      : Array.from({ length: bytes }, (_, n) => (n < 8 ? code ^ (1 << n) : dice.roll(256))).filter(
          (value) => value !== code,
        );
  for (const value of others) yield before + String.fromCharCode(value) + after;
  // The signature is no multiple of six bits long: its last character has some to spare.
  if (after === '') for (const character of CHARACTERS) if (character !== now) yield before + character;
  yield before + after;
  yield before + now + now + after;
  yield `${before}%${encoded}${after}`;
  yield `${before}%25${encoded}${after}`;
  yield `${before}%u00${encoded}${after}`;
  yield `${before}${dice.pick([...PUNCTUATION, '%00', '%2f', '%c0%af', '&sig=', '&exp=9999999999', '//', '/../'])}${now}${after}`;
  if (/[a-z]/i.test(now))
    yield before + (now === now.toLowerCase() ? now.toUpperCase() : now.toLowerCase()) + after;
}

/** Parts that are taken from elsewhere, sent twice or written in another way. */
function* asAWhole(target: string, links: readonly OpenLink[]): Generator<string> {
  const [path = '', query = ''] = target.split('?');
  const sig = /sig=([^&]*)/.exec(query)?.[1] ?? '';
  const exp = /exp=([^&]*)/.exec(query)?.[1] ?? '';
  const without = (name: string) =>
    query
      .split('&')
      .filter((pair) => !pair.startsWith(`${name}=`))
      .join('&');
  for (const other of links) {
    if (other.target === target) continue;
    const [otherPath = '', otherQuery = ''] = other.target.split('?');
    yield `${path}?${otherQuery}`;
    if (otherPath !== path) yield `${otherPath}?${query}`;
    yield `${target}&${otherQuery}`;
  }
  for (const value of [
    String(Number(exp) + 1),
    `0${exp}`,
    `+${exp}`,
    `${exp}.0`,
    `${exp}e0`,
    '9999999999',
    '',
    '-1',
    `0x${Number(exp).toString(16)}`,
    `${exp}%00`,
    `%20${exp}`,
  ]) {
    yield `${path}?exp=${value}&${without('exp')}`;
    yield `${target}&exp=${value}`;
    yield `${path}?exp=${value}&${query}`;
  }
  for (const value of [
    '',
    `${sig}=`,
    `${sig}==`,
    sig.toLowerCase(),
    sig.toUpperCase(),
    sig.slice(0, -1),
    sig.slice(1),
    `${sig}${sig}`,
    Buffer.from(sig, 'base64url').toString('hex'),
    sig.replaceAll('-', '+').replaceAll('_', '/').concat('='),
    'null',
    'undefined',
    '[object Object]',
  ]) {
    yield `${path}?${without('sig')}&sig=${value}`;
    yield `${target}&sig=${value}`;
  }
  yield `${target}&sig[]=${sig}`;
  yield `${path}?${without('sig')}&sig[]=${sig}`;
  yield `${path}?${without('sig')}&SIG=${sig}`;
  yield `${path}?${without('sig')}`;
  yield `${path}?${without('exp')}`;
  yield path;
  yield `${path}/?${query}`;
  yield `${path}%2f?${query}`;
  yield `//i/${path.slice(3)}?${query}`;
  yield `/i/./${path.slice(3)}?${query}`;
  yield `/I/${path.slice(3)}?${query}`;
  yield `/i/${path.slice(3).toUpperCase()}?${query}`;
  for (const more of ['w=1', 'w=64', 'original=1', 'x=y', 'exp', 'sig']) yield `${target}&${more}`;
  for (const extension of ['jpg', 'jpeg', 'webp', 'gif', 'avif', 'svg', 'PNG', '']) {
    if (!path.endsWith(`.${extension}`)) yield `${path.replace(/\.\w+$/, `.${extension}`)}?${query}`;
  }
}

/** Whether two links say the same to whoever decodes them: names and values are equal, none is there twice. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [partsOf(one), partsOf(other)];
  if (a === undefined || b === undefined || a.path !== b.path) return false;
  const named = [...a.pairs.keys()].filter((name) => !FREE.includes(name));
  return named.length === b.pairs.size && named.every((name) => a.pairs.get(name) === b.pairs.get(name));
}

function partsOf(target: string): { path: string; pairs: ReadonlyMap<string, string> } | undefined {
  const at = /[?#;]/.exec(target)?.index ?? target.length;
  const pairs = new Map<string, string>();
  for (const text of target.slice(at + 1).split('&')) {
    if (text === '') continue;
    const [name, value] = [decode(text.split('=')[0] ?? ''), decode(text.split('=').slice(1).join('='))];
    if (pairs.has(name)) return undefined;
    pairs.set(name, value);
  }
  return { path: decode(target.slice(0, at)), pairs };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // It stands for itself.
    return text;
  }
}
