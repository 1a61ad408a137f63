import type { FastifyRequest } from 'fastify';
import type { ClientAddresses } from '../net/client-addresses.js';
import type { App } from './context.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling, as far as trusted proxies tell. */
    readonly clientAddress: string;
  }
}

/** Gives requests their `clientAddress`. Fastify's own way of trusting proxies would believe them about the host, too. */
export function decorateClientAddress(app: App, addresses: ClientAddresses): void {
  app.decorateRequest('clientAddress', {
    getter(this: FastifyRequest) {
      // Several headers of one name are one list, in their order.
      const forwarded = this.headers['x-forwarded-for'];
      return addresses.find(this.ip, typeof forwarded === 'string' ? forwarded : forwarded?.join(','));
    },
  });
}
