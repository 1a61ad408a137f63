/**
 * The segments of a JPEG without which nobody can decode it. Nothing in the format adds up to a checksum, so that a changed byte
 * is found only where it contradicts something: what stops decoders is refused here, what they would show as a wrong colour
 * passes (ITU-T T.81, annex B and C).
 */
import { skip, take } from './picture-walk.js';

/** A part of a walk that says at its end whether the segment made sense. */
type Checked = Generator<ReturnType<typeof skip> | ReturnType<typeof take>, boolean, Buffer>;

interface Component {
  readonly id: number;
  readonly blocks: number;
  readonly quantisation: number;
}

interface Frame {
  readonly progressive: boolean;
  /** Its codes are made as it is read, without tables. */
  readonly arithmetic: boolean;
  readonly components: readonly Component[];
}

/** What a JPEG has told before its scans. */
export interface JpegFacts {
  frame: Frame | undefined;
  /** Numbers of the tables that there are. */
  readonly quantisation: Set<number>;
  readonly dcCodes: Set<number>;
  readonly acCodes: Set<number>;
}

/** What is known before the first segment: motion pictures leave the usual codes out. */
export function startFacts(): JpegFacts {
  return { frame: undefined, quantisation: new Set(), dcCodes: new Set(), acCodes: new Set() };
}

const MAX_TABLE = 3;
const MAX_DC_SYMBOL = 15;
const MAX_BLOCKS_AT_ONCE = 10;
const MAX_POINT_TRANSFORM = 13;
/** Baseline, extended and progressive, with Huffman codes or arithmetic: lossless and hierarchical ones are shown by nobody. */
const SHOWN_FRAMES = [0xc0, 0xc1, 0xc2, 0xc9, 0xca];
const PROGRESSIVE_FRAMES = [0xc2, 0xca];
const ARITHMETIC_FRAMES = [0xc9, 0xca];
/** Decoders know these codes by themselves, for frames that are not progressive. */
const USUAL_CODES = [0, 1];

/** DHT: codes of each length, then what they stand for. */
export function* checkHuffmanTables(bytes: number, facts: JpegFacts): Checked {
  let left = bytes;
  while (left > 0) {
    if (left < 17) return false;
    const head = yield take(17);
    const [kind, table] = nibbles(head[0]);
    const counts = [...head.subarray(1)];
    const symbols = counts.reduce((sum, count) => sum + count, 0);
    left -= 17 + symbols;
    if (kind > 1 || table > MAX_TABLE || left < 0 || symbols > 256 || !areCodes(counts)) return false;
    (kind === 0 ? facts.dcCodes : facts.acCodes).add(table);
    if (kind === 1) yield skip(symbols);
    else if (symbols > 0 && (yield take(symbols)).some((symbol) => symbol > MAX_DC_SYMBOL)) return false;
  }
  return true;
}

/** Every code has room beside the shorter ones, and none consists of ones only. */
function areCodes(counts: readonly number[]): boolean {
  let code = 0;
  const last = counts.findLastIndex((count) => count > 0);
  for (let bits = 1; bits <= last + 1; bits += 1) {
    code = 2 * code + (counts[bits - 1] ?? 0);
    if (code >= 2 ** bits) return false;
  }
  return true;
}

/** DQT: tables of 64 numbers with one or two bytes each. */
export function* checkQuantisationTables(bytes: number, facts: JpegFacts): Checked {
  let left = bytes;
  while (left > 0) {
    const [wide, table] = nibbles((yield take(1))[0]);
    const size = 64 * (wide + 1);
    left -= 1 + size;
    if (wide > 1 || table > MAX_TABLE || left < 0) return false;
    facts.quantisation.add(table);
    yield skip(size);
  }
  return true;
}

/** SOF: after precision, height, width and number of components, which the caller has taken. */
export function* checkFrame(code: number, count: number, bytes: number, facts: JpegFacts): Checked {
  if (facts.frame !== undefined || !SHOWN_FRAMES.includes(code)) return false;
  if (![1, 3, 4].includes(count) || bytes !== 3 * count) return false;
  const list = yield take(bytes);
  const sampled = Array.from({ length: count }, (_, index) => {
    const [across, down] = nibbles(list[3 * index + 1]);
    return { id: list[3 * index] ?? 0, across, down, quantisation: list[3 * index + 2] ?? 0 };
  });
  const [mostAcross, mostDown] = [
    Math.max(...sampled.map(({ across }) => across)),
    Math.max(...sampled.map(({ down }) => down)),
  ];
  // Coarser components are enlarged by whole numbers.
  const fits = ({ across, down }: (typeof sampled)[number]) =>
    across > 0 && down > 0 && across <= 4 && down <= 4 && mostAcross % across === 0 && mostDown % down === 0;
  if (!sampled.every(fits) || new Set(sampled.map(({ id }) => id)).size !== count) return false;
  facts.frame = {
    progressive: PROGRESSIVE_FRAMES.includes(code),
    arithmetic: ARITHMETIC_FRAMES.includes(code),
    components: sampled.map(({ id, across, down, quantisation }) => ({
      id,
      blocks: across * down,
      quantisation,
    })),
  };
  return true;
}

/** SOS: which components a scan has, and which of their bits. */
export function* checkScan(bytes: number, facts: JpegFacts): Checked {
  const { frame, quantisation } = facts;
  if (frame === undefined || bytes < 6 || bytes > 12) return false;
  const head = yield take(bytes);
  const count = head[0] ?? 0;
  if (count === 0 || bytes !== 4 + 2 * count) return false;
  const [from = 0, to = 0] = [head[bytes - 3], head[bytes - 2]];
  const [before, now] = nibbles(head[bytes - 1]);
  const bits = { from, to, before, now };
  const parts = Array.from({ length: count }, (_, index) => {
    const [dc, ac] = nibbles(head[2 + 2 * index]);
    return { dc, ac, component: frame.components.find(({ id }) => id === head[1 + 2 * index]) };
  });
  if (new Set(parts.map(({ component }) => component)).size !== count) return false;
  for (const { dc, ac, component } of parts) {
    if (component === undefined || !quantisation.has(component.quantisation)) return false;
    if (!frame.arithmetic && !haveCodes(facts, frame.progressive ? bits : undefined, dc, ac)) return false;
  }
  const blocks = parts.reduce((sum, { component }) => sum + (component?.blocks ?? 0), 0);
  if (count > 1 && blocks > MAX_BLOCKS_AT_ONCE) return false;
  return !frame.progressive || areSteps(bits, count);
}

/** Which of the 64 coefficients come, and which of their bits came before and come now. */
interface Bits {
  readonly from: number;
  readonly to: number;
  readonly before: number;
  readonly now: number;
}

/** @param bits undefined: all at once */
function haveCodes({ dcCodes, acCodes }: JpegFacts, bits: Bits | undefined, dc: number, ac: number): boolean {
  if (bits === undefined) {
    const hasDc = dcCodes.has(dc) || USUAL_CODES.includes(dc);
    return hasDc && (acCodes.has(ac) || USUAL_CODES.includes(ac));
  }
  // Further bits of the first coefficient come as they are.
  if (bits.from === 0) return bits.before !== 0 || dcCodes.has(dc);
  return acCodes.has(ac);
}

/** A progressive scan has the first coefficient of some components, or others of one; bits come one after the other. */
function areSteps({ from, to, before, now }: Bits, count: number): boolean {
  if (to < from || to > 63 || now > MAX_POINT_TRANSFORM || (before !== 0 && now !== before - 1)) return false;
  return from === 0 ? to === 0 : count === 1;
}

/** DRI. */
export function* checkRestartInterval(bytes: number): Checked {
  yield skip(bytes);
  return bytes === 2;
}

function nibbles(byte = 0): readonly [high: number, low: number] {
  return [byte >> 4, byte & 15];
}
