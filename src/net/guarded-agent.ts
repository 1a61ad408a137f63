import { lookup } from 'node:dns';
import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector } from 'undici';

/** An address that must not be connected to. */
export class ForbiddenAddressError extends Error {
  constructor(host: string) {
    super(`${host} is not a public address`);
    this.name = 'ForbiddenAddressError';
  }
}

/** Finds all addresses of a name, as `lookup` of node:dns does it. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Routable by their numbers, yet answered by the cloud's own host: Azure's wire server. */
const HOST_SERVICES: ReadonlySet<string> = new Set(['168.63.129.16']);

/** True for public unicast addresses only: no loopback, private, link-local, metadata, mapped or reserved ones. */
export function isPublicAddress(address: string): boolean {
  try {
    const parsed = ipaddr.process(address);
    if (parsed.range() !== 'unicast' || HOST_SERVICES.has(parsed.toString())) return false;
    // 2000::/3 is the only global unicast there is; the library calls everything unassigned unicast.
    return parsed.kind() === 'ipv4' || ((parsed.toByteArray()[0] ?? 0) & 0xe0) === 0x20;
  } catch {
    // Not an address at all; whoever asks treats that as not public.
    return false;
  }
}

/**
 * An agent for addresses that come from outside (delivery links, callers' URLs). Every connection is checked at the
 * moment it is made, literal addresses included, so that a DNS answer that changes between look-ups gains nothing.
 * Of a name, every address must be public; the connection goes to one of those that were checked, without a second look-up.
 * @param isTrusted hosts (`name:port`) that may be anywhere, such as a provider's configured origin
 * @param resolve how names are looked up: the operator's own resolver, or the system's
 */
export function createGuardedAgent(isTrusted: (host: string) => boolean, resolve: Resolve = lookup): Agent {
  const connectAnywhere = buildConnector({ timeout: 10_000, lookup: lookUp(resolve, () => true) });
  const connectPublic = buildConnector({ timeout: 10_000, lookup: lookUp(resolve, isPublicAddress) });
  return new Agent({
    connect: (options, callback) => {
      const port = options.port === '' ? (options.protocol === 'https:' ? '443' : '80') : options.port;
      const literal = options.hostname.replace(/^\[|\]$/g, '');
      const host = isIP(literal) === 6 ? `[${literal}]` : literal;
      if (isTrusted(`${host}:${port}`)) {
        connectAnywhere(options, callback);
        return;
      }
      // The look-up hook is never called for literals.
      if (isIP(literal) !== 0 && !isPublicAddress(literal)) {
        callback(new ForbiddenAddressError(options.hostname), null);
        return;
      }
      connectPublic(options, callback);
    },
    // A pooled connection was checked for its own host only; hosts don't share one, so keeping it alive is safe.
    keepAliveTimeout: 4_000,
    connections: 64,
  });
}

/** Whether a failed connection was refused by the guard, whatever it is wrapped in. */
export function isForbidden(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (cause instanceof ForbiddenAddressError) return true;
    if (cause instanceof AggregateError && cause.errors.some((each) => isForbidden(each))) return true;
  }
  return false;
}

/** A look-up for sockets that gives all addresses of a name or, if any of them is not allowed, none. */
function lookUp(resolve: Resolve, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        // A failed look-up gives no list at all.
        callback(error, []);
        return;
      }
      const [first] = addresses;
      if (first === undefined) callback(new Error('The name has no address.'), []);
      else if (!addresses.every((entry) => isAllowed(entry.address)))
        callback(new ForbiddenAddressError(hostname), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
