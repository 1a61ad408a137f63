import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.js';
import { coreSchema, listSettings } from './schema.js';

const settings = listSettings([{ env: 'ACME_API_KEY', description: 'Key of Acme.', secret: true }]);

describe('listSettings', () => {
  it('lists our own settings first, then the providers’, each with a description', () => {
    expect(settings.map((setting) => setting.env)).toStrictEqual([
      ...Object.keys(coreSchema.shape),
      'ACME_API_KEY',
    ]);
    for (const setting of settings) expect(setting.description, setting.env).toMatch(/^\S.{10,}\.$/);
  });

  it('shows defaults as they would be written, and they are valid', () => {
    const defaults = Object.fromEntries(
      settings.flatMap((setting) => (setting.default === undefined ? [] : [[setting.env, setting.default]])),
    );
    expect(defaults['PORT']).toBe('4000');
    expect(loadConfig(defaults, [])).toStrictEqual(loadConfig({}, []));
  });

  it('gives no secret a default and marks everything that is one', () => {
    const secrets = settings.filter((setting) => setting.secret);
    expect(secrets.map((setting) => setting.env)).toStrictEqual([
      'ATELIER_ADMIN_TOKEN',
      'ATELIER_SECRET',
      'ATELIER_BOOTSTRAP_KEY',
      'DATABASE_URL',
      'REDIS_URL',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'ACME_API_KEY',
    ]);
    for (const setting of secrets) expect(setting.default).toBeUndefined();
  });
});
