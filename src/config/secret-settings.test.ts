import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestFolder } from '../../test/factories/temporary-folder.js';
import { operatorSecrets, readSecretSettings, sealSetting } from './secret-settings.js';

const FIRST = 'a'.repeat(32);
const SECOND = 'b'.repeat(32);
const NAMES = ['ACME_API_KEY', 'OTHER_API_KEY', 'ATELIER_SECRET'];
const VALUE = 'value-of-the-key@3,another';

let folder: ReturnType<typeof createTestFolder>;
beforeEach(() => {
  folder = createTestFolder();
});
afterEach(() => {
  folder.remove();
});

function write(name: string, text: string): string {
  const file = path.join(folder.path, name);
  writeFileSync(file, text);
  return file;
}

const read = (env: Readonly<Record<string, string>>) =>
  readSecretSettings({ ATELIER_DATA_DIR: folder.path, ...env }, NAMES);

/** The only problem, which repeats no value. */
function problemOf(env: Readonly<Record<string, string>>): string {
  const { problems, env: values, places } = read(env);
  expect(problems).toHaveLength(1);
  const [problem = ''] = problems;
  expect(problem).not.toMatch(/value-of|aaaa|bbbb|sealed:v1:\S/);
  if (!problem.includes('beside')) expect(values['ACME_API_KEY']).toBeUndefined();
  expect(places.map(({ name }) => name)).not.toContain('OTHER_API_KEY');
  return problem;
}

describe('readSecretSettings', () => {
  it('takes values as they are, from files, and sealed in either place', () => {
    const sealed = sealSetting('ACME_API_KEY', VALUE, [FIRST]);
    const cases = [
      [{ ACME_API_KEY: VALUE }, { inFile: false, sealedUnder: undefined }],
      [{ ACME_API_KEY_FILE: write('plain', `${VALUE}\n`) }, { inFile: true, sealedUnder: undefined }],
      [
        { ACME_API_KEY: sealed, ATELIER_SECRET: FIRST },
        { inFile: false, sealedUnder: 1 },
      ],
      [
        {
          ACME_API_KEY_FILE: write('sealed', `${sealed}\r\n`),
          ATELIER_SECRET_FILE: write('secret', `${FIRST}\n`),
        },
        { inFile: true, sealedUnder: 1 },
      ],
    ] as const;
    for (const [env, place] of cases) {
      const { env: values, places, problems } = read(env);
      expect(problems).toStrictEqual([]);
      expect(values['ACME_API_KEY']).toBe(VALUE);
      expect(places).toStrictEqual([{ name: 'ACME_API_KEY', ...place }]);
    }
  });

  it('opens what older secrets sealed, and says which', () => {
    const sealed = sealSetting('ACME_API_KEY', VALUE, [SECOND]);
    const { env, places } = read({ ACME_API_KEY: sealed, ATELIER_SECRET: `${FIRST}, ${SECOND}` });
    expect(env['ACME_API_KEY']).toBe(VALUE);
    expect(places).toStrictEqual([{ name: 'ACME_API_KEY', inFile: false, sealedUnder: 2 }]);
  });

  it('opens with the secret that a first start has made', () => {
    write('secret', FIRST);
    expect(operatorSecrets({ ATELIER_DATA_DIR: folder.path })).toStrictEqual([FIRST]);
    expect(read({ ACME_API_KEY: sealSetting('ACME_API_KEY', VALUE, [FIRST]) }).env['ACME_API_KEY']).toBe(
      VALUE,
    );
  });

  it('leaves alone what is no secret setting', () => {
    const env = { PORT_FILE: '/nowhere', SSL_CERT_FILE: '/nowhere', LOG_LEVEL: 'sealed:v1:abc' };
    expect(read(env).env).toMatchObject(env);
    expect(read(env).problems).toStrictEqual([]);
  });

  it('says of each that can not be opened why not, and never its value', () => {
    const sealed = sealSetting('ACME_API_KEY', VALUE, [FIRST]);
    const withSecret = (value: string, secret = FIRST) =>
      problemOf({ ACME_API_KEY: value, ATELIER_SECRET: secret });
    expect(withSecret(sealed, SECOND)).toMatch(/^ACME_API_KEY: can not be opened: .*another ATELIER_SECRET/);
    // Moved from another setting.
    expect(withSecret(sealSetting('OTHER_API_KEY', VALUE, [FIRST]))).toMatch(
      /^ACME_API_KEY: .*for another setting/,
    );
    expect(withSecret(`${sealed}A`)).toMatch(/^ACME_API_KEY: can not be opened/);
    for (const broken of [
      'sealed:v1:',
      'sealed:v2:abcd',
      'sealed:value-of',
      `${sealed}=`,
      `${sealed},${sealed}`,
    ]) {
      expect(withSecret(broken)).toMatch(/^ACME_API_KEY: begins with sealed: and is no sealed value/);
    }
    expect(withSecret('sealed:v1:abcd')).toMatch(/^ACME_API_KEY: can not be opened/);
    expect(problemOf({ ACME_API_KEY: sealed })).toMatch(
      /^ACME_API_KEY: is sealed, and there is no ATELIER_SECRET/,
    );
    expect(problemOf({ ATELIER_SECRET: sealed })).toMatch(/^ATELIER_SECRET: can not be sealed/);
  });

  it('says of each file that can not be read why not', () => {
    mkdirSync(path.join(folder.path, 'folder'));
    const fileProblem = (file: string) => problemOf({ ACME_API_KEY_FILE: file });
    expect(fileProblem(path.join(folder.path, 'none'))).toBe(
      'ACME_API_KEY_FILE: names a file that is not there',
    );
    expect(fileProblem(path.join(folder.path, 'folder'))).toMatch(
      /^ACME_API_KEY_FILE: names a file that is none/,
    );
    expect(fileProblem(write('long', 'x'.repeat(65_537)))).toMatch(/more than 64 KiB/);
    expect(fileProblem(write('empty', '\n'))).toBe('ACME_API_KEY_FILE: names a file that is empty');
    expect(problemOf({ ACME_API_KEY: VALUE, ACME_API_KEY_FILE: write('plain', VALUE) })).toMatch(
      /^ACME_API_KEY_FILE: is set beside ACME_API_KEY/,
    );
  });

  it('opens every value again, and none with any of its characters changed', () => {
    const characters = fc.constantFrom(...Array.from('ABCXYZabcxyz0189-_'));
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), characters, (value, anywhere, character) => {
        const sealed = sealSetting('ACME_API_KEY', value, [FIRST]);
        expect(read({ ACME_API_KEY: sealed, ATELIER_SECRET: FIRST }).env['ACME_API_KEY']).toBe(value);
        const start = 'sealed:v1:'.length;
        const at = start + (anywhere % (sealed.length - start));
        const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
        const same = changed === sealed;
        const { env, problems } = read({ ACME_API_KEY: changed, ATELIER_SECRET: FIRST });
        expect([env['ACME_API_KEY'], problems.length]).toStrictEqual(same ? [value, 0] : [undefined, 1]);
      }),
    );
  });
});
