import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.js';
import { createId } from '../ids.js';
import { EXTENSIONS, LinkSigner, type LinkTarget } from './signed-links.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const IN_AN_HOUR = new Date('2026-11-22T13:00:00Z');
const FIRST = 'a'.repeat(32);
const SECOND = 'b'.repeat(32);
const signer = new LinkSigner([FIRST]);

interface Parts extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly exp: string | undefined;
  readonly sig: string | undefined;
}

/** The parts of a link as the server reads them. */
function partsOf(link: string): Parts {
  const url = new URL(link, 'http://gateway.test');
  const { exp, sig, ...query } = Object.fromEntries(url.searchParams);
  return { ...query, name: url.pathname.replace(/^\/i\//, ''), exp, sig };
}

function verify(by: LinkSigner, { name, ...query }: Parts, now = NOW): string {
  return by.verify(name, query, now).imageId;
}

function outcomeOf(by: LinkSigner, parts: Parts, now = NOW): string {
  try {
    return verify(by, parts, now);
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

const imageId = fc.constant(undefined).map(() => createId('img'));
const extension = fc.constantFrom(...Object.values(EXTENSIONS));
const target = fc.oneof(
  fc.constant<LinkTarget>({ kind: 'picture' }),
  fc.constant<LinkTarget>({ kind: 'original' }),
  fc.integer({ min: 1, max: 99_999 }).map((width): LinkTarget => ({ kind: 'preview', width })),
);
const time = fc.date({
  min: new Date('2026-11-22T12:00:01Z'),
  max: new Date('2036-01-01T00:00:00Z'),
  noInvalidDate: true,
});

describe('LinkSigner', () => {
  it('reads the image out of every link that it signed, until its time', () => {
    fc.assert(
      fc.property(imageId, extension, time, target, (id, ext, expiresAt, shown) => {
        const link = signer.sign(id, ext, expiresAt, shown);
        expect(link).toMatch(
          /^\/i\/img_[0-9a-z]{24}\.[a-z]{3,4}\?exp=\d+(&w=\d+|&original=1)?&sig=[A-Za-z0-9_-]{43}$/,
        );
        const { name, ...query } = partsOf(link);
        expect(signer.verify(name, query, NOW)).toStrictEqual({
          imageId: id,
          target: shown,
          expiresAt: new Date(Math.floor(expiresAt.getTime() / 1000) * 1000),
          saveAs: undefined,
        });
      }),
    );
  });

  it('refuses a link with any character changed', () => {
    const character = fc.constantFrom(...Array.from('abz019_-.ABZ&=?%/ +~é'));
    fc.assert(
      fc.property(target, fc.nat(), character, (shown, anywhere, other) => {
        const link = signer.sign(createId('img'), 'png', IN_AN_HOUR, shown);
        const position = anywhere % link.length;
        fc.pre(link[position] !== other);
        const changed = `${link.slice(0, position)}${other}${link.slice(position + 1)}`;
        // A name changed in the path before it leads to another route, never to a picture.
        fc.pre(changed.startsWith('/i/'));
        expect(outcomeOf(signer, partsOf(changed))).toBe('invalid_signature');
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses a link with a character left out or put in', () => {
    const { name, exp, sig } = partsOf(signer.sign(createId('img'), 'webp', IN_AN_HOUR));
    const field = fc.constantFrom('name', 'exp', 'sig');
    fc.assert(
      fc.property(
        field,
        fc.nat(60),
        fc.constantFrom('', 'a', '0', 'A', '-', '=', '+', ' '),
        (changed, position, inserted) => {
          const change = (text: string) =>
            inserted === ''
              ? text.slice(0, position % text.length) + text.slice((position % text.length) + 1)
              : text.slice(0, position) + inserted + text.slice(position);
          const parts = { name, exp: exp ?? '', sig: sig ?? '' };
          expect(outcomeOf(signer, { ...parts, [changed]: change(parts[changed]) })).toBe(
            'invalid_signature',
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes a signature for its own image and time only', () => {
    const one = partsOf(signer.sign(createId('img'), 'png', IN_AN_HOUR));
    const other = partsOf(signer.sign(createId('img'), 'png', new Date('2026-11-22T14:00:00Z')));
    expect(outcomeOf(signer, { ...one, sig: other.sig })).toBe('invalid_signature');
    expect(outcomeOf(signer, { ...one, exp: other.exp })).toBe('invalid_signature');
    expect(outcomeOf(signer, { ...one, name: one.name.replace('.png', '.webp') })).toBe('invalid_signature');
  });

  it('opens neither the picture nor its original with the link of a preview, nor a wider preview', () => {
    const parts = partsOf(signer.sign(createId('img'), 'webp', IN_AN_HOUR, { kind: 'preview', width: 256 }));
    expect(parts['w']).toBe('256');
    for (const change of [{ w: undefined }, { w: '512' }, { w: '0256' }, { original: '1' }]) {
      expect(outcomeOf(signer, { ...parts, ...change })).toBe('invalid_signature');
    }
    expect(outcomeOf(signer, { ...parts, w: undefined, original: '1' })).toBe('invalid_signature');
  });

  it('leaves to the holder whether and under which name the picture is saved, and nothing else', () => {
    const { name, ...query } = partsOf(signer.sign(createId('img'), 'png', IN_AN_HOUR));
    const saveAs = (more: object) => signer.verify(name, { ...query, ...more }, NOW).saveAs;
    expect([saveAs({}), saveAs({ download: '' }), saveAs({ dl: 'fox.png' })]).toStrictEqual([
      undefined,
      '',
      'fox.png',
    ]);
    for (const more of [{ utm_source: 'x' }, { Exp: '1' }, { dl: ['a', 'b'] }, { exp: [query.exp, '1'] }]) {
      expect(() => signer.verify(name, { ...query, ...more }, NOW)).toThrow('not one of ours');
    }
  });

  it.each([
    ['exp', undefined],
    ['exp', ''],
    ['exp', '0'],
    ['exp', '-1'],
    ['exp', '1e12'],
    ['exp', '0x7fffffff'],
    ['exp', '01795352400'],
    ['exp', '1795352400.5'],
    ['exp', '99999999999999'],
    ['sig', undefined],
    ['sig', ''],
    ['sig', 'é'.repeat(43)],
    ['name', ''],
    ['name', 'img_.png'],
    ['name', '../../etc/passwd.png'],
    ['name', 'img_000000000000000000000000.svg'],
    ['name', 'gen_000000000000000000000000.png'],
    ['name', 'img_000000000000000000000000.png\n'],
  ] as const)('refuses %s = %j as malformed', (field, value) => {
    const parts = partsOf(signer.sign('img_000000000000000000000000', 'png', IN_AN_HOUR));
    expect(outcomeOf(signer, { ...parts, [field]: value })).toBe('invalid_signature');
  });

  it('says of a true link after its time that it has expired, to the second', () => {
    const parts = partsOf(signer.sign(createId('img'), 'png', IN_AN_HOUR));
    expect(outcomeOf(signer, parts, new Date(IN_AN_HOUR.getTime() - 1))).toMatch(/^img_/);
    expect(outcomeOf(signer, parts, IN_AN_HOUR)).toBe('link_expired');
    expect(outcomeOf(signer, parts, new Date('2030-01-01T00:00:00Z'))).toBe('link_expired');
  });

  it('tells nobody whether a forged link would have expired', () => {
    const parts = partsOf(signer.sign(createId('img'), 'png', new Date('2020-01-01T00:00:00Z')));
    expect(outcomeOf(signer, parts)).toBe('link_expired');
    expect(outcomeOf(signer, { ...parts, sig: 'A'.repeat(43) })).toBe('invalid_signature');
  });

  it('never lasts longer than asked when the time has a fraction', () => {
    const link = signer.sign(createId('img'), 'png', new Date('2026-11-22T13:00:00.999Z'));
    expect(partsOf(link).exp).toBe(String(IN_AN_HOUR.getTime() / 1000));
  });

  it('keeps links valid while secrets are rotated, and ends them with their secret', () => {
    const id = createId('img');
    const old = partsOf(signer.sign(id, 'png', IN_AN_HOUR));
    const rotated = new LinkSigner([SECOND, FIRST]);
    expect(outcomeOf(rotated, old)).toBe(id);
    const fresh = partsOf(rotated.sign(id, 'png', IN_AN_HOUR));
    expect(outcomeOf(rotated, fresh)).toBe(id);
    expect(outcomeOf(signer, fresh)).toBe('invalid_signature');
    expect(outcomeOf(new LinkSigner([SECOND]), old)).toBe('invalid_signature');
  });

  it('does not work without a secret', () => {
    expect(() => new LinkSigner([])).toThrow('links need a secret');
  });
});
