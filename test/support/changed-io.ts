import type { ProviderIo } from '../../src/providers/provider.js';

/** The same world with some of it replaced. The rest is not touched: what tests forbid throws only when it is used. */
export function changeIo<T extends ProviderIo>(io: T, changes: Partial<ProviderIo>): T {
  return new Proxy(io, {
    get: (target, name): unknown => Reflect.get(name in changes ? changes : target, name),
  });
}
