import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { createTestFolder } from '../factories/temporary-folder.js';

/** A key with its certificate, as `tls` takes them. */
export interface OwnCertificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** Certificates of an authority of a test's own, all for 127.0.0.1 but one. */
export interface OwnCertificates {
  /** The authority's own certificate, for NODE_EXTRA_CA_CERTS. */
  readonly authorityFile: string;
  readonly good: OwnCertificate;
  readonly expired: OwnCertificate;
  readonly otherName: OwnCertificate;
  /** Signed by itself and not by the authority. */
  readonly selfSigned: OwnCertificate;
  remove(): void;
}

const run = promisify(execFile);
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority and its certificates with the `openssl` of the machine. */
export async function createOwnCertificates(): Promise<OwnCertificates> {
  const folder = createTestFolder();
  const at = (name: string) => path.join(folder.path, name);
  const openssl = (...given: string[]) => run('openssl', given, { cwd: folder.path });
  const signSelf = async (name: string, ...more: string[]) => {
    const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)];
    await openssl('req', '-x509', ...NEW_KEY, ...files, '-days', '2', '-subj', `/CN=${name}`, ...more);
  };
  const read = async (name: string): Promise<OwnCertificate> => ({
    key: await readFile(at(`${name}.key`)),
    cert: await readFile(at(`${name}.pem`)),
  });
  const sign = async (name: string, names: string, days: string) => {
    const request = at(`${name}.csr`);
    await openssl('req', ...NEW_KEY, '-keyout', at(`${name}.key`), '-out', request, '-subj', `/CN=${name}`);
    await writeFile(at(`${name}.ext`), `subjectAltName=${names}\n`);
    const authority = ['-CA', at('authority.pem'), '-CAkey', at('authority.key'), '-CAcreateserial'];
    const files = ['-in', request, '-extfile', at(`${name}.ext`), '-out', at(`${name}.pem`)];
    await openssl('x509', '-req', ...authority, ...files, '-days', days);
    return read(name);
  };
  await signSelf('authority');
  await signSelf('self', '-addext', 'subjectAltName=IP:127.0.0.1');
  return {
    authorityFile: at('authority.pem'),
    good: await sign('good', 'IP:127.0.0.1', '2'),
    expired: await sign('expired', 'IP:127.0.0.1', '-1'),
    otherName: await sign('other', 'DNS:images.example.com', '2'),
    selfSigned: await read('self'),
    remove: () => {
      folder.remove();
    },
  };
}
