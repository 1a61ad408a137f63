import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestFolder } from '../../test/factories/temporary-folder.js';
import { ConfigError, databasePlace, loadConfig, loadSecrets, storagePlace } from './load.js';
import type { Setting } from './schema.js';
import { sealSetting } from './secret-settings.js';

const ACME: readonly Setting[] = [
  { env: 'ACME_API_KEY', description: 'Key of Acme.', secret: true },
  { env: 'ACME_BASE_URL', description: 'Root of Acme.', secret: false, default: 'https://api.acme.test/v1' },
];

type Env = Readonly<Record<string, string | undefined>>;

const load = (env: Env) => loadConfig(env, ACME);

function problemsOf(env: Env): readonly string[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing: every setting has a default or may be unset', () => {
    expect(load({})).toStrictEqual({
      HOST: '127.0.0.1',
      PORT: 4000,
      ATELIER_DATA_DIR: './data',
      ATELIER_BOOTSTRAP_CREDITS: 1000,
      ATELIER_TRUSTED_PROXIES: [],
      ATELIER_MAX_FAILED_KEYS: 60,
      ATELIER_LINK_TTL_S: 3600,
      ATELIER_RECENT_BYTES: 32 * 1024 * 1024,
      ATELIER_MAX_FILE_BYTES: 576 * 1024 * 1024,
      ATELIER_WEBHOOK_HOSTS: [],
      ATELIER_WEBHOOK_TIMEOUT_S: 15,
      ATELIER_ROUTE_ORDER: 'listed',
      ATELIER_MAX_ATTEMPTS: 3,
      ATELIER_MAX_ATTEMPTS_PER_IMAGE: 10,
      ATELIER_MAX_GENERATION_S: 900,
      ATELIER_DELIVERY: 'proxy',
      ATELIER_MAX_INPUT_BYTES: 50 * 1024 * 1024,
      ATELIER_INPUT_HOSTS: [],
      ATELIER_EMULATOR_DETAIL: 'full',
      ATELIER_PAINTER_THREADS: 2,
      ATELIER_MAX_BODY_BYTES: 64 * 1024 * 1024,
      ATELIER_MAX_PIXELS: 64 * 1024 * 1024,
      ATELIER_MAX_IMAGE_BYTES: 256 * 1024 * 1024,
      ATELIER_MAX_RUNNING: 256,
      ATELIER_MAX_WAITING: 1000,
      ATELIER_MAX_REQUESTS: 2000,
      ATELIER_MAX_WATCHERS: 1000,
      ATELIER_MAX_CONNECTIONS: 10_000,
      ATELIER_MAX_HELD_BYTES: 128 * 1024 * 1024,
      ATELIER_MAX_LOOP_DELAY_MS: 500,
      ATELIER_LEASE_S: 30,
      ATELIER_SHUTDOWN_GRACE_S: 420,
      LOG_LEVEL: 'info',
      // A provider's default is its own affair; here stands what was set.
      providers: {},
      endpoints: [],
      regions: [],
      secretPlaces: [],
    });
  });

  it('takes an empty variable for unset, whatever it is', () => {
    const names = [
      ...Object.keys(load({})),
      'ATELIER_SECRET',
      'ATELIER_ADMIN_TOKEN',
      'DATABASE_URL',
      'REDIS_URL',
      'STORAGE_URL',
    ];
    const empty = Object.fromEntries(
      [...names, 'ATELIER_PUBLIC_URL', 'ACME_BASE_URL', 'ACME_API_KEY'].map((name) => [name, '']),
    );
    expect(load(empty)).toStrictEqual(load({}));
  });

  it('ignores variables of others', () => {
    expect(load({ PATH: '/bin', SOME_API_KEY: 'x' })).toStrictEqual(load({}));
  });

  it('reads numbers, lists and addresses', () => {
    const config = load({
      PORT: '0',
      ATELIER_BOOTSTRAP_CREDITS: '0',
      ATELIER_TRUSTED_PROXIES: ' 10.0.0.0/8 , ::1',
      ATELIER_SECRET: ` ${'a'.repeat(32)} , ${'b'.repeat(40)}`,
      ATELIER_PUBLIC_URL: 'https://pictures.acme.test/base//',
      ACME_API_KEY: 'sk-1',
      ACME_BASE_URL: 'http://127.0.0.1:9000/v1/',
    });
    expect(config.PORT).toBe(0);
    expect(config.ATELIER_BOOTSTRAP_CREDITS).toBe(0);
    expect(config.ATELIER_SECRET).toStrictEqual(['a'.repeat(32), 'b'.repeat(40)]);
    expect(config.ATELIER_TRUSTED_PROXIES).toStrictEqual(['10.0.0.0/8', '::1']);
    expect(config.ATELIER_PUBLIC_URL).toBe('https://pictures.acme.test/base');
    expect(config.providers).toStrictEqual({
      ACME_API_KEY: 'sk-1',
      ACME_BASE_URL: 'http://127.0.0.1:9000/v1',
    });
  });

  const wrong: Readonly<Record<string, string>> = {
    PORT: '65536',
    ATELIER_CONFIG: '/value-of-config.yaml',
    ATELIER_PUBLIC_URL: 'ftp://value-of-url',
    ATELIER_TRUSTED_PROXIES: '10.0.0.0/8,value-of-proxy',
    ATELIER_MAX_FAILED_KEYS: '-5',
    ATELIER_ADMIN_TOKEN: 'value-of-token',
    ATELIER_SECRET: `${'a'.repeat(32)},value-of-secret`,
    ATELIER_BOOTSTRAP_KEY: 'value-of-key',
    ATELIER_BOOTSTRAP_CREDITS: '12.5',
    DATABASE_URL: 'mysql://value:of@database',
    REDIS_URL: 'http://value-of-redis',
    STORAGE_URL: 's3://value-of-bucket',
    ATELIER_LINK_TTL_S: '59',
    ATELIER_EMULATORS_URL: 'value-of-emulators',
    ATELIER_EMULATOR_DETAIL: 'value-of-detail',
    ATELIER_PAINTER_THREADS: '0',
    ATELIER_MAX_BODY_BYTES: '64MB',
    ATELIER_MAX_PIXELS: '-1',
    ATELIER_MAX_IMAGE_BYTES: '1e9',
    ATELIER_MAX_RUNNING: ' 5',
    ATELIER_MAX_WAITING: '0x10',
    ATELIER_MAX_REQUESTS: '0',
    ATELIER_MAX_WATCHERS: '1,000',
    ATELIER_MAX_CONNECTIONS: 'value-of-connections',
    ATELIER_MAX_HELD_BYTES: '128M',
    ATELIER_MAX_LOOP_DELAY_MS: '0.5',
    ATELIER_SHUTDOWN_GRACE_S: '3601',
    LOG_LEVEL: 'value-of-level',
    ACME_BASE_URL: 'value-of-base',
  };

  it('names every wrong setting at once', () => {
    const named = problemsOf(wrong).map((problem) => problem.slice(0, problem.indexOf(':')));
    expect([...named].sort()).toStrictEqual(Object.keys(wrong).sort());
  });

  it.each(Object.entries(wrong))(
    'stops the start for %s alone, without printing its value',
    (name, value) => {
      const problems = problemsOf({ [name]: value });
      expect(problems.length).toBe(1);
      const message = new ConfigError(problems).message;
      expect(message).toMatch(new RegExp(`^These settings are wrong:\n {2}${name}: \\S`));
      expect(message.slice(message.indexOf(':', 30))).not.toContain(value);
      expect(message).not.toContain('value');
    },
  );

  it.each(['false', 'yes', '1.0', '+1', '１', 'NaN', '1 000'])('takes %j for no whole number', (value) => {
    expect(problemsOf({ PORT: value })).toStrictEqual(['PORT: must be a whole number']);
  });

  it('gives settings that nobody can change', () => {
    const config = load({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.providers)).toBe(true);
  });
});

describe('secrets that are sealed', () => {
  const secret = 's'.repeat(32);
  const sealed = (name: string, value: string) => sealSetting(name, value, [secret]);

  it('are opened wherever a secret is read: settings of our own, of providers, and those that the file names', () => {
    const folder = createTestFolder();
    const file = path.join(folder.path, 'own.yaml');
    writeFileSync(
      file,
      'endpoints:\n  - {slug: mine, name: Mine, dialect: vllm-omni, model: m, protocol: openai-images, url: "http://gpu-1:8000/v1", api_key_env: GPU_KEY, credits: 1,' +
        ' weights: w, licence: l, size: {multiple_of: 16, min_edge: 256, max_edge: 2048}}\n',
    );
    const url = 'postgres://atelier:value-of@database/name';
    const config = load({
      ATELIER_SECRET: secret,
      ATELIER_CONFIG: file,
      DATABASE_URL: sealed('DATABASE_URL', url),
      ACME_API_KEY: sealed('ACME_API_KEY', 'sk-1'),
      GPU_KEY: sealed('GPU_KEY', 'key-of-a-gpu'),
    });
    folder.remove();
    expect(config.DATABASE_URL).toBe(url);
    expect(config.providers['ACME_API_KEY']).toBe('sk-1');
    expect(config.endpoints[0]?.apiKey).toBe('key-of-a-gpu');
    expect(config.secretPlaces.map(({ name, sealedUnder }) => [name, sealedUnder])).toStrictEqual([
      ['DATABASE_URL', 1],
      ['ACME_API_KEY', 1],
      ['GPU_KEY', 1],
    ]);
  });

  it('are judged as if they were written plainly, and named without their values when they do not open', () => {
    expect(
      problemsOf({ ATELIER_SECRET: secret, ATELIER_ADMIN_TOKEN: sealed('ATELIER_ADMIN_TOKEN', 'short') }),
    ).toStrictEqual(['ATELIER_ADMIN_TOKEN: must have at least 16 characters']);
    const problems = problemsOf({
      ATELIER_SECRET: 't'.repeat(32),
      ACME_API_KEY: sealed('ACME_API_KEY', 'sk-1'),
      PORT: 'high',
    });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^ACME_API_KEY: can not be opened/);
    expect(
      problemsOf({ ATELIER_SECRET_FILE: '/nowhere/secret', DATABASE_URL: 'postgres://a:b@c/d' }),
    ).toStrictEqual(['ATELIER_SECRET_FILE: names a file that is not there']);
  });
});

describe('the stores', () => {
  it.each([
    [{}, '/srv/data/atelier.sqlite'],
    [{ DATABASE_URL: 'sqlite:///var/lib/a.db' }, '/var/lib/a.db'],
    [{ DATABASE_URL: 'sqlite://own/a.db' }, path.resolve('own/a.db')],
  ])('keeps the embedded database of %j at %s', (env, file) => {
    expect(databasePlace(load({ ATELIER_DATA_DIR: '/srv/data', ...env }))).toStrictEqual({
      dialect: 'sqlite',
      file,
    });
  });

  const SECRET = { ATELIER_SECRET: 's'.repeat(32) };

  it.each([
    'postgres://atelier:p%40ss@db.acme.test:5433/atelier?sslmode=verify-full',
    'postgresql://localhost/atelier',
    'postgres:///atelier?host=/run/postgresql',
  ])('takes %s for PostgreSQL', (url) => {
    expect(databasePlace(load({ DATABASE_URL: url, ...SECRET }))).toStrictEqual({
      dialect: 'postgres',
      url,
    });
  });

  it.each([
    ['DATABASE_URL', 'postgres://value:o%f@host/name'],
    ['DATABASE_URL', 'postgres://value:of@host:port/name'],
    ['DATABASE_URL', 'postgres:value'],
    ['REDIS_URL', 'redis:///value'],
    ['REDIS_URL', 'redis://:o%f@value'],
    ['REDIS_URL', 'rediss://value:port'],
  ])('refuses %s=%s without repeating it', (name, value) => {
    const problems = problemsOf({ [name]: value, ...SECRET });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: must be .* whole `));
    expect(problems[0]).not.toMatch(/value|o%f|port/);
  });

  it.each(['redis://127.0.0.1:6379', 'rediss://user:p%40ss@redis.acme.test:6380/2'])('takes %s', (url) => {
    expect(load({ REDIS_URL: url }).REDIS_URL).toBe(url);
  });

  it('starts on PostgreSQL only with a secret that all processes share, and says how to make one', () => {
    const env = { DATABASE_URL: 'postgres://value:of@database/name', PORT: 'high' };
    for (const given of [env, { ...env, ATELIER_SECRET: '' }]) {
      const problems = problemsOf(given);
      expect(problems).toHaveLength(2);
      expect(problems[1]).toMatch(/^ATELIER_SECRET: must be set with PostgreSQL.*openssl rand -base64 32/);
      expect(problems.join()).not.toContain('value');
    }
    expect(problemsOf({ ...env, PORT: '0', ATELIER_SECRET: 'short' })).toHaveLength(1);
    expect(problemsOf({ ...env, PORT: '0', ...SECRET })).toStrictEqual([]);
  });

  it('takes a bucket with its keys only', () => {
    const env = { STORAGE_URL: 's3://pictures/atelier?region=eu-1' };
    expect(problemsOf(env)).toHaveLength(2);
    expect(problemsOf({ ...env, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' })).toStrictEqual(
      [],
    );
  });

  it('redirects links to a bucket only', () => {
    const bucket = {
      STORAGE_URL: 's3://pictures/atelier?region=eu-1',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    expect(problemsOf({ ATELIER_DELIVERY: 'redirect' })[0]).toMatch(
      /^ATELIER_DELIVERY: redirect needs an s3:\/\//,
    );
    expect(problemsOf({ ATELIER_DELIVERY: 'redirect', STORAGE_URL: 'file:///srv/pictures' })).toHaveLength(1);
    expect(problemsOf({ ATELIER_DELIVERY: 'redirect', ...bucket })).toStrictEqual([]);
  });

  it.each([
    [{}, '/srv/data/blobs'],
    [{ STORAGE_URL: 'file:///var/lib/pictures' }, '/var/lib/pictures'],
  ])('keeps the pictures of %j at %s', (env, folder) => {
    expect(storagePlace(load({ ATELIER_DATA_DIR: '/srv/data', ...env }))).toStrictEqual({
      kind: 'disk',
      folder,
    });
  });
});

describe('loadSecrets', () => {
  let folder: ReturnType<typeof createTestFolder>;
  beforeEach(() => {
    folder = createTestFolder();
  });
  afterEach(() => {
    folder.remove();
  });

  it('takes given secrets and writes none', () => {
    const secrets = ['a'.repeat(32), 'b'.repeat(32)];
    const config = load({ ATELIER_DATA_DIR: folder.path, ATELIER_SECRET: secrets.join(',') });
    expect(loadSecrets(config)).toStrictEqual(secrets);
    expect(existsSync(path.join(folder.path, 'secret'))).toBe(false);
  });

  it('makes one once, for its owner only, and finds it again', () => {
    const config = load({ ATELIER_DATA_DIR: path.join(folder.path, 'new') });
    const [secret = ''] = loadSecrets(config);
    const file = path.join(folder.path, 'new', 'secret');
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(loadSecrets(config)).toStrictEqual([secret]);
    expect(readFileSync(file, 'utf8')).toBe(secret);
  });

  it('makes another for another installation', () => {
    const secretsIn = (name: string) => loadSecrets(load({ ATELIER_DATA_DIR: path.join(folder.path, name) }));
    expect(secretsIn('one')).not.toStrictEqual(secretsIn('two'));
  });

  it('passes on what it can not understand instead of going on without a secret', () => {
    writeFileSync(path.join(folder.path, 'file'), '');
    expect(() => loadSecrets(load({ ATELIER_DATA_DIR: path.join(folder.path, 'file', 'below') }))).toThrow(
      /ENOTDIR/,
    );
  });
});
