import { isLoopback } from '../../../net/loopback.js';
import { AppError } from '../../../errors.js';

interface AddressedRequest {
  readonly headers: { readonly host?: string | undefined; readonly origin?: string | undefined };
}

interface OwnAddress {
  /** Where links begin. */
  readonly publicUrl: string;
  /** The address that is listened on. */
  readonly listensOn: string;
}

/**
 * Keeps web pages from speaking to a gateway on the reader's own machine under a name of theirs (DNS rebinding): a page may
 * come from this gateway only, and a gateway that only this machine reaches is only known by this machine's names.
 * @throws AppError permission_denied
 */
export function requireOwnAddress({ headers }: AddressedRequest, { publicUrl, listensOn }: OwnAddress): void {
  const own = new URL(publicUrl);
  const { host = '', origin } = headers;
  if (origin !== undefined && origin !== own.origin && !isSameLoopback(origin, own)) {
    throw refusal(
      `This call comes from a web page of ${origin.slice(0, 100)}, which is not this gateway's address`,
    );
  }
  if (!isLoopback(listensOn) || host === own.host) return;
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
  if (!isLoopback(name)) {
    throw refusal(
      `This gateway listens on its own machine only and does not know the name ${host.slice(0, 100)}`,
    );
  }
}

/** The same port under another name of this machine. */
function isSameLoopback(origin: string, own: URL): boolean {
  if (!URL.canParse(origin)) return false;
  const from = new URL(origin);
  return isLoopback(own.hostname) && isLoopback(from.hostname) && from.port === own.port;
}

function refusal(why: string): AppError {
  return new AppError('permission_denied', {
    message: `${why}. Behind a proxy, ATELIER_PUBLIC_URL names the address that callers use.`,
  });
}
