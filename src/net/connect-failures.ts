/** Connections that were never made: whatever was to be sent over them was not sent. */
import { buildConnector } from 'undici';

const CONNECT_TIMEOUT_MS = 10_000;

/** Their errors, from the failed look-up of a name to a broken handshake. */
const failures = new WeakSet<Error>();

/** What is wrong on the way to a server, in words for whoever runs it. */
const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name can not be looked up at the moment',
  ECONNREFUSED: 'nothing listens there',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody who is trusted here',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody who is trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by nobody who is trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by nobody who is trusted here',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS there',
};

/** Makes connections, and remembers the errors of those that it could not make. */
export function createRememberingConnector(): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS });
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error === null) {
        callback(null, socket);
        return;
      }
      failures.add(error);
      callback(error, null);
    });
  };
}

/** Whether a request failed before there was a connection that it could be sent over. */
export function isConnectFailure(error: unknown): boolean {
  return error instanceof Error && failures.has(error);
}

/** Why a connection could not be made; undefined where that is nothing known. */
export function reasonOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return REASONS[code];
}
