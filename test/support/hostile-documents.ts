/** Things that are no picture of a type that is taken, sent as if they were. */
import type { HostilePicture } from './hostile-png.js';

const TEXTS: readonly (readonly [name: string, contentType: string, text: string])[] = [
  ['nothing', 'image/png', ''],
  ['one byte', 'image/png', '\x89'],
  ['a zero byte', 'image/png', '\0'],
  ['a path', 'image/png', '/etc/passwd'],
  ['an address', 'image/png', 'http://169.254.169.254/latest/meta-data/'],
  ['a data address', 'image/png', 'data:image/png;base64,iVBORw0KGgo='],
  ['a text', 'text/plain', 'Not a picture at all.\n'],
  ['json', 'application/json', '{"image": "picture.png"}'],
  ['html', 'text/html', '<!doctype html><html><body><img src="x" onerror="alert(1)"></body></html>'],
  [
    'svg with script',
    'image/svg+xml',
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script>alert(1)</script></svg>',
  ],
  [
    'svg that reads a file',
    'image/png',
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY f SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><text>&f;</text></svg>',
  ],
  ['svg bomb', 'image/svg+xml', svgBomb()],
  [
    'svg that fetches',
    'image/svg+xml',
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><image href="http://127.0.0.1/"/></svg>',
  ],
  [
    'pdf',
    'application/pdf',
    '%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n',
  ],
  ['zip', 'application/zip', 'PK\x03\x04\x14\0\0\0\0\0'],
  ['tiff', 'image/tiff', 'II*\0\x08\0\0\0\x01\0\0\x01\x04\0\x01\0\0\0\x40\0\0\0\0\0\0\0'],
  ['big-endian tiff', 'image/png', 'MM\0*\0\0\0\x08\0\0'],
  ['bmp', 'image/bmp', 'BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0'],
  ['heic', 'image/heic', '\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x08meta'],
  ['video', 'image/png', '\0\0\0\x18ftypisom\0\0\0\0isommp42'],
  ['postscript', 'image/png', '%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n'],
  [
    'imagemagick script',
    'image/png',
    'push graphic-context\nviewbox 0 0 640 480\nimage over 0,0 0,0 "|id"\npop graphic-context\n',
  ],
  ['portable pixmap', 'image/png', 'P6\n64 64\n255\n'],
  ['openexr', 'image/png', 'v/1\x01\x02\0\0\0'],
  ['a program', 'image/png', '\x7fELF\x02\x01\x01\0'],
];

export function hostileDocuments(): readonly HostilePicture[] {
  return TEXTS.map(([name, contentType, text]) => ({
    name,
    bytes: Buffer.from(text, 'latin1'),
    contentType,
    expect: 'refused',
  }));
}

/** Ten entities, each ten times the one before. */
function svgBomb(): string {
  const entities = Array.from(
    { length: 9 },
    (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`,
  ).join('');
  return `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY e0 "boom">${entities}]><svg xmlns="http://www.w3.org/2000/svg">&e9;</svg>`;
}
