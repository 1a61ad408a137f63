/** From a call in our own form to the body that a server understands (protocol notes §C1). Pure. */
import type { JsonValue } from '../provider.js';
import type { Dialect, SamplerField } from './dialects.js';
import type { PlainCall } from './wire.js';

type Body = Readonly<Record<string, JsonValue>>;

const SAMPLER_FIELDS: readonly SamplerField[] = ['seed', 'steps', 'guidance', 'negative_prompt'];

/** What a server has no place for, in sentences; empty when the call can be sent whole. */
export function findUnspeakable(call: PlainCall, dialect: Dialect): readonly string[] {
  const lacking = SAMPLER_FIELDS.filter((field) => call[field] !== undefined && !(field in dialect.names));
  const reserved = dialect.reserved.filter((text) => call.prompt.includes(text));
  return [
    ...lacking.map((field) => `${dialect.server} takes no ${field.replace('_', ' ')} with a call`),
    ...reserved.map((text) => `${dialect.server} would take "${text}" in the prompt for an instruction`),
  ];
}

/**
 * The body of `POST /images/generations`. Every field of the call that the dialect knows is in it.
 * @param model what the server calls the model
 */
export function speak(call: PlainCall, dialect: Dialect, model: string): Body {
  const sampler = samplerSettings(call, dialect);
  const some = Object.keys(sampler).length > 0;
  const block = `<sd_cpp_extra_args>${JSON.stringify(sampler)}</sd_cpp_extra_args>`;
  return {
    ...(dialect.sendsModel ? { model } : {}),
    prompt: some && dialect.place === 'prompt-block' ? `${call.prompt} ${block}` : call.prompt,
    n: call.n,
    ...(call.size === undefined ? {} : { size: call.size }),
    // A link may be a path on the server's own disk, or relative.
    ...(dialect.sendsResponseFormat ? { response_format: 'b64_json' } : {}),
    ...(dialect.sendsUser && call.user !== undefined ? { user: call.user } : {}),
    ...(some && dialect.place === 'body' ? sampler : {}),
    ...(some && dialect.place === 'kwargs' ? { kwargs: JSON.stringify(sampler) } : {}),
  };
}

function samplerSettings(call: PlainCall, dialect: Dialect): Body {
  let settings: Body = {};
  for (const field of SAMPLER_FIELDS) {
    const [name, value] = [dialect.names[field], call[field]];
    if (name !== undefined && value !== undefined) settings = withMember(settings, name.split('.'), value);
  }
  return settings;
}

function withMember(object: Body, [name = '', ...rest]: readonly string[], value: JsonValue): Body {
  if (rest.length === 0) return { ...object, [name]: value };
  const inner = object[name];
  return { ...object, [name]: withMember(isBody(inner) ? inner : {}, rest, value) };
}

function isBody(value: JsonValue | undefined): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
