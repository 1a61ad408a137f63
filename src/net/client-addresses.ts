import ipaddr from 'ipaddr.js';
import { parseAddress, parseNetwork, type Address, type Network } from '../config/network.js';

/** Proxies one behind the other that are believed at most; who sends more of them stands before the last of these. */
const MAX_HOPS = 32;

/**
 * Who is calling, where proxies stand in between: `x-forwarded-for` is believed as far as trusted proxies wrote it. Each
 * proxy adds the address that it was called from at the end, so the list is read from there.
 */
export class ClientAddresses {
  readonly #trusted: readonly Network[];

  /** @param trusted addresses and networks of proxies, as `isNetwork` takes them */
  constructor(trusted: readonly string[]) {
    this.#trusted = trusted.flatMap((text) => parseNetwork(text) ?? []);
  }

  /**
   * @param peer the address that the connection comes from
   * @param forwarded the header, undefined without one
   * @returns the nearest address that no trusted proxy has; IPv4 is never written as IPv6
   */
  find(peer: string, forwarded: string | undefined): string {
    if (this.#trusted.length === 0) return peer.replace(/^::ffff:(?=\d+\.)/i, '');
    let client = parseAddress(peer);
    if (client === undefined) return peer;
    const entries = (forwarded ?? '').split(',').slice(-MAX_HOPS);
    while (this.#isTrusted(client)) {
      // What is no address ends the search: whatever stands before it was not written by a proxy that could be believed.
      const before = parseEntry(entries.pop() ?? '');
      if (before === undefined) break;
      client = before;
    }
    return client.toString();
  }

  #isTrusted(address: Address): boolean {
    return this.#trusted.some(
      ({ start, bits }) => start.kind() === address.kind() && address.match(start, bits),
    );
  }
}

/**
 * What callers are told apart by where addresses are counted: of IPv6 the network of 64 bits, all of which whoever has one
 * address of it can use.
 */
export function countedAddress(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined || parsed.kind() === 'ipv4') return address;
  const network = [...parsed.toByteArray().slice(0, 8), 0, 0, 0, 0, 0, 0, 0, 0];
  return `${ipaddr.fromByteArray(network).toString()}/64`;
}

/** `1.2.3.4`, `1.2.3.4:5678`, `::1`, `[::1]`, `[::1]:5678`. */
function parseEntry(text: string): Address | undefined {
  const entry = text.trim();
  const inBrackets = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(entry)?.[1];
  const withPort = /^([\d.]+):\d{1,5}$/.exec(entry)?.[1];
  return parseAddress(inBrackets ?? withPort ?? entry);
}
