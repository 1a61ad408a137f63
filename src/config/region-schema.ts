/** What `atelier.config.yaml` may say of further places where a vendor's models run. */
import { z } from 'zod';
import { findKeyListProblem } from './key-list.js';

export const region = z.strictObject(
  {
    provider: z.string({ error: 'must be the id of a provider' }).min(1, 'must not be empty').max(100),
    name: z
      .string({ error: 'must be a text' })
      .regex(/^[a-z0-9][a-z0-9-]{0,29}$/, 'must be made of at most 30 lower-case letters, digits and dashes'),
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
      .transform((address) => address.replace(/\/+$/, '')),
    country: z
      .string({ error: 'must be a text' })
      .regex(/^[A-Z]{2}$/, 'must be two capital letters (ISO 3166-1), such as DE'),
    api_key_env: z
      .string({ error: 'must be the name of an environment variable' })
      .regex(
        /^[A-Z_][A-Z0-9_]*$/,
        'must be the name of an environment variable (capital letters, digits, underscores), never the key itself',
      ),
  },
  { error: 'must have the members provider, name, url, country and api_key_env' },
);

type Written = z.output<typeof region>;

/** A further place of a vendor, its keys read from the environment. */
export interface RegionConfig {
  readonly provider: string;
  readonly name: string;
  readonly url: string;
  /** Where it computes, ISO 3166-1 alpha-2. */
  readonly country: string;
  /** One key, or several as `first@3,second`. */
  readonly apiKey: string;
}

/**
 * @param known ids of the providers that can have regions
 * @returns the regions, and what is wrong with them by their place in the list; values are never repeated
 */
export function toRegions(
  written: readonly Written[],
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): { readonly regions: readonly RegionConfig[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const regions = written.map((one, index): RegionConfig => {
    const tell = (member: string, problem: string) => problems.push(`regions[${index}]${member}: ${problem}`);
    const apiKey = env[one.api_key_env] ?? '';
    const keyProblem = apiKey === '' ? 'that is not set' : findKeyListProblem(apiKey);
    if (keyProblem !== undefined)
      tell('.api_key_env', `names a variable ${apiKey === '' ? '' : 'that '}${keyProblem}`);
    if (!known.includes(one.provider)) tell('.provider', `must be one of ${known.join(', ')}`);
    const twin = written.findIndex((other) => other.provider === one.provider && other.name === one.name);
    if (twin < index) tell('', `has the name of regions[${twin}]`);
    return { provider: one.provider, name: one.name, url: one.url, country: one.country, apiKey };
  });
  return { regions, problems };
}
