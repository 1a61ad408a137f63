/** Addresses that a caller might name to make the gateway reach what it must not, or to hold it up. */
import type { Resolve } from '../../src/net/guarded-agent.js';
import type { FetchRefusal } from '../../src/net/fetch-refused.js';

export interface HostileAddress {
  readonly url: string;
  readonly reason: FetchRefusal;
}

/** Every way to write an address that is not public; each stands for a host of a URL. */
const PRIVATE_HOSTS: readonly string[] = [
  '127.0.0.1',
  '127.0.0.1.',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.0.0.1',
  '0x7F.0x0.0x0.0x1',
  '0177.0.0.1',
  '017700000001',
  '0x7f.1',
  '%31%32%37.0.0.1',
  '①②⑦.0.0.1',
  '１２７。０。０。１',
  '0',
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.1',
  '100.64.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.0.2.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.251',
  '240.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::127.0.0.1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:169.254.169.254]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b::169.254.169.254]',
  '[64:ff9b:1::a00:1]',
  '[2002:7f00:1::]',
  '[2002:a9fe:a9fe::1]',
  '[2001:0:7f00:1::]',
  '[2001:db8::1]',
  '[3fff::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[fd20:ce::254]',
  '[fe80::1]',
  '[febf::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[ff0e::1]',
  '[100::1]',
];

/** Names and what they resolve to, in the order of the look-ups; the last answer stays. */
const NAMES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  localhost: [['127.0.0.1', '::1']],
  'localhost.': [['127.0.0.1']],
  'foo.localhost': [['127.0.0.1']],
  'metadata.google.internal': [['169.254.169.254']],
  'metadata.google.internal.': [['169.254.169.254']],
  metadata: [['169.254.169.254']],
  'instance-data.ec2.internal': [['169.254.169.254']],
  'kubernetes.default.svc': [['10.96.0.1']],
  'intranet.example': [['192.168.3.4']],
  'six.example': [['fd00::5']],
  'mapped.example': [['::ffff:10.0.0.1']],
  '127.0.0.1.nip.example': [['127.0.0.1']],
  'mixed.example': [['8.8.8.8', '10.0.0.1']],
  'mixed-six.example': [['8.8.8.8', '::1']],
  'last.example': [['8.8.8.8', '8.8.4.4', '1.1.1.1', '169.254.169.254']],
  'xn--bcher-kva.example': [['10.0.0.2']],
};

/** Looks up the names above, written as URLs write them, and counts; everything else has no address. */
export function createHostileResolver(more: Readonly<Record<string, readonly (readonly string[])[]>> = {}): {
  readonly resolve: Resolve;
  readonly lookUps: readonly string[];
} {
  const answers = new Map(Object.entries({ ...NAMES, ...more }));
  const lookUps: string[] = [];
  const resolve: Resolve = (hostname, _options, callback) => {
    const before = lookUps.filter((name) => name === hostname).length;
    lookUps.push(hostname);
    const known = answers.get(hostname) ?? [];
    const answer = known[Math.min(before, known.length - 1)];
    setImmediate(() => {
      if (answer === undefined)
        callback(Object.assign(new Error(`no ${hostname}`), { code: 'ENOTFOUND' }), []);
      else
        callback(
          null,
          answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
    });
  };
  return { resolve, lookUps };
}

/** @param port where a secret service listens on this machine's own addresses */
export function hostileAddresses(port: number): readonly HostileAddress[] {
  const privates = [
    ...PRIVATE_HOSTS,
    ...Object.keys(NAMES),
    'LOCALHOST',
    'ｌｏｃａｌｈｏｓｔ',
    'bücher.example',
  ];
  return [
    ...privates.map((host) => ({ url: `http://${host}:${port}/secret`, reason: 'address' as const })),
    ...['127.0.0.1', '[::1]', '169.254.169.254', 'localhost', 'mixed.example'].flatMap((host) => [
      { url: `http://${host}/latest/meta-data/`, reason: 'address' as const },
      { url: `https://${host}/`, reason: 'address' as const },
      { url: `http://${host}:22/`, reason: 'address' as const },
    ]),
    ...refusedUnread(port),
  ];
}

/** Refused for what the address says, before any look-up. */
function refusedUnread(port: number): readonly HostileAddress[] {
  const schemes = [
    'javascript:alert(1)',
    'data:image/png;base64,iVBORw0KGgo=',
    `ftp://127.0.0.1:${port}/secret`,
    `gopher://127.0.0.1:${port}/_GET%20/secret`,
    'file:///etc/passwd',
    'file://localhost/etc/passwd',
    `ws://127.0.0.1:${port}/secret`,
    'dict://127.0.0.1:11211/stats',
    'ldap://127.0.0.1/',
    'blob:http://127.0.0.1/1',
    'about:blank',
    'jar:http://127.0.0.1!/',
    'C:\\secret.png',
    'mailto:a@b.example',
  ];
  const malformed = [
    '',
    ' ',
    'secret',
    '/etc/passwd',
    '//127.0.0.1/secret',
    'http:',
    'http://',
    'http:///',
    'http://:80/',
    'http://?',
    'http://#',
    'http://[::1',
    'http://[fe80::1%25eth0]/',
    'http://127.0.0.1:99999/',
    'http://256.256.256.256/',
    'http://1.2.3.4.5/',
    'http://a b/',
    'http://a%00b/',
    'http://xn--\u00e9/',
    `http://user@127.0.0.1:${port}/`,
    `http://user:word@127.0.0.1:${port}/`,
    `http://:word@127.0.0.1:${port}/`,
    `http://example.com:80@127.0.0.1:${port}/`,
    `http://127.0.0.1:${port}@example.com/`,
    `http://example.com/${'a'.repeat(9000)}`,
  ];
  return [
    ...schemes.map((url) => ({ url, reason: 'scheme' as const })),
    ...malformed.map((url) => ({ url, reason: 'malformed' as const })),
  ];
}

/** Where an allowed server might redirect to. */
export function hostileRedirects(port: number): readonly HostileAddress[] {
  return [
    ...['127.0.0.2', '[::1]', 'localhost', '169.254.169.254', '0x7f.2', 'mixed.example'].map((host) => ({
      url: `http://${host}:${port}/secret`,
      reason: 'address' as const,
    })),
    { url: '//169.254.169.254/latest', reason: 'address' },
    { url: '\\\\169.254.169.254\\latest', reason: 'address' },
    { url: 'file:///etc/passwd', reason: 'scheme' },
    { url: `ftp://127.0.0.1:${port}/secret`, reason: 'scheme' },
    { url: `gopher://127.0.0.1:${port}/`, reason: 'scheme' },
    { url: 'data:image/png;base64,iVBORw0KGgo=', reason: 'scheme' },
    { url: 'javascript:alert(1)', reason: 'scheme' },
    { url: `http://user:word@127.0.0.1:${port}/secret`, reason: 'malformed' },
    { url: `http://127.0.0.1:${port}/${'a'.repeat(9000)}`, reason: 'malformed' },
    { url: 'http://', reason: 'malformed' },
    { url: '/again', reason: 'redirect' },
  ];
}
