import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** IPv4 or IPv6. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** All addresses that begin alike. */
export interface Network {
  readonly start: Address;
  readonly bits: number;
}

/** Whether it is an address, or a network such as 10.0.0.0/8; all addresses at once are none. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined;
}

/** @returns undefined for what is none */
export function parseNetwork(text: string): Network | undefined {
  const [, written = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (isIP(written) === 0 || written.includes('%')) return undefined;
  const own = ipaddr.parse(written);
  const start = ipaddr.process(written);
  const full = own.kind() === 'ipv4' ? 32 : 128;
  // IPv4 written as IPv6 has 96 bits in front of it.
  const bits = Number(prefix ?? full) - (own.kind() === start.kind() ? 0 : 96);
  if (bits < 1 || bits > (start.kind() === 'ipv4' ? 32 : 128)) return undefined;
  return { start, bits };
}

/** IPv4 that is written as IPv6 is IPv4; a zone is left out. @returns undefined for what is no address */
export function parseAddress(text: string): Address | undefined {
  const plain = text.replace(/%[\w.-]+$/, '');
  return isIP(plain) === 0 ? undefined : ipaddr.process(plain);
}
