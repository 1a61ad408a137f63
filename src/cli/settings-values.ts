import { CliError } from './client.js';

/**
 * Settings as they are typed: `retired_models=refuse`, `limits.requests_per_minute=60`, `policy.blocked_countries='["CN"]'`. What
 * is JSON is read as JSON (`null` lifts a limit), everything else is text; a dot leads into an object.
 * @throws CliError for what has no `=`
 */
export function readSettings(given: readonly string[]): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const pair of given) {
    const at = pair.indexOf('=');
    if (at < 1) throw new CliError(`say name=value, not ${JSON.stringify(pair)}`);
    const [name = '', member, ...deeper] = pair.slice(0, at).split('.');
    if (deeper.length > 0 || name === '' || member === '') {
      throw new CliError(`${pair.slice(0, at)} must be a name or name.member`);
    }
    const value = readValue(pair.slice(at + 1));
    settings[name] = member === undefined ? value : { ...objectOf(settings[name]), [member]: value };
  }
  return settings;
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Text needs no quotes.
    return text;
  }
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
