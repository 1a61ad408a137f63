import { validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attachment } from './content-disposition.js';

describe('attachment', () => {
  it.each([
    ['', 'attachment; filename="img_1.png"'],
    ['fox', 'attachment; filename="fox.png"'],
    ['fox.png', 'attachment; filename="fox.png"'],
    ['fox.JPEG', 'attachment; filename="fox.png"'],
    ['fox.exe', 'attachment; filename="fox.exe.png"'],
    ['../../etc/passwd', 'attachment; filename="_.._etc_passwd.png"'],
    ['C:\\fox', 'attachment; filename="C__fox.png"'],
    ['a"; filename="b.exe', 'attachment; filename="a__ filename=_b.exe.png"'],
    ['fox\r\nset-cookie: a=b', 'attachment; filename="foxset-cookie_ a=b.png"'],
    // The direction is turned, so that gpj.exe would look like exe.jpg.
    ['\u202egpj.exe', 'attachment; filename="gpj.exe.png"'],
    ['nul', 'attachment; filename="img_1.png"'],
    [' . ', 'attachment; filename="img_1.png"'],
    ['狐 é', 'attachment; filename="_ _.png"; filename*=UTF-8\'\'%E7%8B%90%20%C3%A9.png'],
    ['100%', 'attachment; filename="100_.png"'],
  ])('makes of %j %s', (wish, header) => {
    expect(attachment(wish, 'img_1', 'png')).toBe(header);
  });

  it('cuts long names between characters', () => {
    expect(attachment('🦊'.repeat(500), 'img_1', 'png')).toContain(`UTF-8''${'%F0%9F%A6%8A'.repeat(60)}.png`);
  });

  it('is one header with one name that ends as the type wants, whatever is wished for', () => {
    const wish = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({
        unit: fc.constantFrom('"', "'", '\\', '\r', '\n', '\0', ';', '=', '%', '/', '.', 'a', '\ud800'),
      }),
    );
    fc.assert(
      fc.property(wish, (text) => {
        const header = attachment(text, 'img_1', 'webp');
        validateHeaderValue('content-disposition', header);
        expect(header).toMatch(
          /^attachment; filename="[^"\\/\r\n]+\.webp"(; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+\.webp)?$/,
        );
      }),
      { numRuns: 1000 },
    );
  });
});
