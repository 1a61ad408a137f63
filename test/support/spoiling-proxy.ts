/** Stands before the emulators and changes bytes of what they answer, as a broken provider or a broken line would. */
import { startAnswerProxy, type ProxiedAnswer } from './answer-proxy.js';
import type { Dice } from './fuzz/dice.js';
import { spoilBytes } from './fuzz/fuzz-request.js';

export interface SpoilingProxy {
  /** Root address, as `ATELIER_EMULATORS_URL` takes it. */
  readonly root: string;
  /** The next answers are changed by these dice; undefined: passed on as they are. */
  spoilWith(dice: Dice | undefined): void;
  /** What was done to answers since the last call, for whoever has to repeat it. */
  takeNotes(): readonly string[];
  close(): Promise<void>;
}

const STATUSES = [200, 201, 202, 204, 206, 302, 304, 400, 401, 404, 409, 429, 500, 503, 529, 999];
const CONTENT_TYPES = ['', 'text/html', 'application/json', 'image/png', 'text/event-stream', ';;'];
/** Share of the answers that is changed, so that some tasks come to their end. */
const SPOILED_SHARE = 0.6;
/** What says what the pictures are stands before and behind them. */
const EDGE_BYTES = 600;

/** @param target root address of the emulators */
export async function startSpoilingProxy(target: string): Promise<SpoilingProxy> {
  let dice: Dice | undefined;
  let notes: string[] = [];
  const proxy = await startAnswerProxy(target, (answer) =>
    dice?.chance(SPOILED_SHARE) === true ? spoil(answer, dice, notes) : answer,
  );
  return {
    root: proxy.root,
    spoilWith: (next) => {
      dice = next;
    },
    takeNotes: () => {
      const taken = notes;
      notes = [];
      return taken;
    },
    close: () => proxy.close(),
  };
}

function spoil(answer: ProxiedAnswer, dice: Dice, notes: string[]): ProxiedAnswer {
  const { status, headers, body } = answer;
  const note = (what: string, spoiled: Partial<ProxiedAnswer>): ProxiedAnswer => {
    const whole = { ...answer, ...spoiled };
    notes.push(`${what}: ${whole.status} ${whole.body.subarray(0, 300).toString('latin1')}`);
    return whole;
  };
  switch (dice.roll(10)) {
    case 0:
      return note('status', { status: dice.pick(STATUSES) });
    case 1:
      return note('type', { headers: { ...headers, 'content-type': dice.pick(CONTENT_TYPES) } });
    case 2:
      return note('breaks off', { body: body.subarray(0, dice.roll(body.length + 1)), breaksOff: true });
    case 3:
      return note('nothing', { body: Buffer.alloc(0) });
    case 4:
      return note('anything', { body: spoilBytes(body, dice) });
    case 5:
      return note('a number', { body: changeScalar(body, dice) });
    case 6: {
      const names = ['location', 'retry-after', 'content-encoding', 'x-request-id', 'content-range'];
      const value = dice.pick(['0', '-1', '99999999', 'gzip', '/', 'http://127.0.0.1:1/', '\u00ff', 'x']);
      return note('header', { headers: { ...headers, [dice.pick(names)]: value }, status });
    }
    default: {
      const head = body.subarray(0, EDGE_BYTES);
      const tail = body.subarray(Math.max(EDGE_BYTES, body.length - EDGE_BYTES));
      const middle = body.subarray(EDGE_BYTES, Math.max(EDGE_BYTES, body.length - EDGE_BYTES));
      const parts = dice.chance(0.5)
        ? [spoilBytes(head, dice), middle, tail]
        : [head, middle, spoilBytes(tail, dice)];
      return note('edge', { body: Buffer.concat(parts) });
    }
  }
}

/** JSON that stays JSON, with a value of another type or size. */
function changeScalar(body: Buffer, dice: Dice): Buffer {
  const text = body.toString('latin1');
  const places = [...text.matchAll(/:\s*("[^"\\]{0,200}"|-?\d+(\.\d+)?|true|false|null)/g)].slice(0, 200);
  if (places.length === 0) return spoilBytes(body, dice);
  const { index, 0: whole } = dice.pick(places);
  const values = [
    'null',
    '-1',
    '0',
    '1e400',
    '""',
    '"x"',
    '[]',
    '{}',
    'true',
    '"http://127.0.0.1:1/"',
    '"\\u0000"',
  ];
  return Buffer.from(
    `${text.slice(0, index)}:${dice.pick(values)}${text.slice(index + whole.length)}`,
    'latin1',
  );
}
