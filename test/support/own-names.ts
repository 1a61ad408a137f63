/**
 * A small name server on loopback, and this process looking names of `.test` up there: real questions and answers, in the
 * place where the system's resolver is called.
 */
import dns from 'node:dns';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';

/** Addresses; `unknown`: there is no such name; `broken`: the server can't tell; `silent`: it says nothing. */
export type Told = readonly string[] | 'unknown' | 'broken' | 'silent';

export interface OwnNames {
  /** What is told of a name from now on. Several: one for each look-up, the last one for all that follow. */
  tell(name: string, ...told: readonly [Told, ...Told[]]): void;
  /** Questions for a name so far. */
  asked(name: string): number;
  /** Gives the look-up back to the system. */
  close(): Promise<void>;
}

/** What the system's look-up says in these cases. */
const SYSTEM_CODES: Readonly<Record<string, string>> = { ENOTFOUND: 'ENOTFOUND', ENODATA: 'ENOTFOUND' };
const TIMEOUT_MS = 300;

export async function startOwnNames(): Promise<OwnNames> {
  const told = new Map<string, Told[]>();
  const questions = new Map<string, number>();
  const server = createSocket('udp4');
  server.on('message', (message, from) => {
    const name = readName(message);
    questions.set(name, (questions.get(name) ?? 0) + 1);
    const answers = told.get(name) ?? ['unknown'];
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? 'unknown';
    if (answer !== 'silent') server.send(writeAnswer(message, name, answer), from.port, from.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const resolver = new dns.Resolver({ timeout: TIMEOUT_MS, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
  const system = dns.lookup;
  const lookUp = (hostname: string, options: unknown, callback?: unknown): void => {
    const [given, done] = typeof options === 'function' ? [{}, options] : [options, callback];
    if (!hostname.endsWith('.test')) {
      Reflect.apply(system, dns, [hostname, given, done]);
      return;
    }
    const all = typeof given === 'object' && given !== null && 'all' in given && given.all === true;
    const tell = (...values: readonly unknown[]) => {
      if (typeof done === 'function') Reflect.apply(done, undefined, values);
    };
    resolver.resolve4(hostname, (error, addresses) => {
      if (error !== null) {
        const code = SYSTEM_CODES[error.code ?? ''] ?? 'EAI_AGAIN';
        tell(Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), { code, syscall: 'getaddrinfo' }));
      } else if (all)
        tell(
          null,
          addresses.map((address) => ({ address, family: 4 })),
        );
      else tell(null, addresses[0], 4);
    });
  };
  replaceLookUp(lookUp);
  return {
    tell: (name, ...answers) => {
      told.set(name, [...answers]);
    },
    asked: (name) => questions.get(name) ?? 0,
    close: async () => {
      replaceLookUp(system);
      resolver.cancel();
      server.close();
      await once(server, 'close');
    },
  };
}

function replaceLookUp(lookUp: unknown): void {
  if (!Reflect.set(dns, 'lookup', lookUp)) throw new Error('names can not be looked up elsewhere');
  // Also for whoever has imported it already.
  syncBuiltinESMExports();
}

const HEADER_BYTES = 12;
const NAME_UNKNOWN = 3;
const SERVER_FAILED = 2;

/** The name of the first question. */
function readName(message: Buffer): string {
  const labels: string[] = [];
  for (let at = HEADER_BYTES; ;) {
    const length = message[at] ?? 0;
    if (length === 0) return labels.join('.').toLowerCase();
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
}

function writeAnswer(message: Buffer, name: string, told: Exclude<Told, 'silent'>): Buffer {
  // One byte more than the name with its dots for the first length, one for the end; then type and class.
  const question = message.subarray(HEADER_BYTES, HEADER_BYTES + name.length + 2 + 4);
  const addresses = typeof told === 'string' ? [] : told;
  const code = told === 'unknown' ? NAME_UNKNOWN : told === 'broken' ? SERVER_FAILED : 0;
  const header = Buffer.alloc(HEADER_BYTES);
  message.copy(header, 0, 0, 2);
  // An answer, recursion wanted and available.
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) => {
    const record = Buffer.alloc(16);
    // The name of the question, an address, of the internet, for no time at all.
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(1, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt16BE(4, 10);
    for (const [index, part] of address.split('.').entries()) record.writeUInt8(Number(part), 12 + index);
    return record;
  });
  return Buffer.concat([header, question, ...records]);
}
