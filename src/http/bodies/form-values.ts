import { AppError } from '../../errors.js';
import { tooDeep } from './json-depth.js';
import { looksStructured } from '../../prompts/structured-prompt.js';

const NUMBERS = ['n', 'output_compression', 'seed', 'partial_images', 'frame_count', 'frame_duration_ms'];
const BOOLEANS = ['persist', 'stream', 'dry_run', 'prompt_revision', 'fallback'];
const OBJECTS = ['provider_options', 'metadata', 'svg', 'fallback', 'variables'];

/**
 * A field of a form, whose values are all text, as the JSON body would have it. What is no number or boolean stays text, so
 * that the body's schema refuses it in its own words.
 * @throws AppError invalid_request for text that should be a JSON object and isn't one
 */
export function toFieldValue(name: string, text: string): unknown {
  if (NUMBERS.includes(name) && /^-?\d{1,17}(\.\d+)?$/.test(text.trim())) return Number(text);
  if (BOOLEANS.includes(name) && /^(true|false)$/i.test(text.trim()))
    return text.trim().toLowerCase() === 'true';
  if (name === 'prompt') return toPrompt(text);
  if (!OBJECTS.includes(name)) return text;
  const value = parseField(name, text);
  const deep = tooDeep(value, name);
  if (deep !== undefined) throw deep;
  return value;
}

function parseField(name: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw new AppError('invalid_request', {
      message: `\`${name}\` must be JSON text in a form.`,
      param: name,
      cause: error,
    });
  }
}

/** JSON text of a prompt in parts is one; any other text is a prompt as it stands, braces and all. */
function toPrompt(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return looksStructured(value) ? value : text;
  } catch {
    // Then it is words.
    return text;
  }
}
