import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector } from 'undici';

/** An address that must not be connected to. */
export class ForbiddenAddressError extends Error {
  constructor(host: string) {
    super(`${host} is not a public address`);
    this.name = 'ForbiddenAddressError';
  }
}

/** True for public unicast addresses only: no loopback, private, link-local, metadata, mapped or reserved ones. */
export function isPublicAddress(address: string): boolean {
  try {
    const parsed = ipaddr.process(address);
    if (parsed.range() !== 'unicast') return false;
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
 * @param isTrusted hosts (`name:port`) that may be anywhere, such as a provider's configured origin
 */
export function createGuardedAgent(isTrusted: (host: string) => boolean): Agent {
  const connectAnywhere = buildConnector({ timeout: 10_000 });
  const connectPublic = buildConnector({
    timeout: 10_000,
    lookup: (hostname, options, callback) => {
      lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) {
          callback(error, []);
          return;
        }
        const open = addresses.every((entry) => isPublicAddress(entry.address));
        callback(open ? null : new ForbiddenAddressError(hostname), addresses);
      });
    },
  });
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
