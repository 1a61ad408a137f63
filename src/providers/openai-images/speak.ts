/** From a call in our own form to what a server understands (protocol notes §B2 to §B5, §B7, §C1). Pure. */
import type { JsonValue, NativeCall } from '../provider.js';
import type { Dialect, EditForm, MaskedEditForm, SamplerField } from './dialects.js';
import type { PlainCall } from './wire.js';

type Body = Readonly<Record<string, JsonValue>>;

const SAMPLER_FIELDS: readonly SamplerField[] = ['seed', 'steps', 'guidance', 'negative_prompt'];

/** A call as it goes over the wire. */
export type Spoken = Pick<NativeCall, 'path' | 'body'> & Required<Pick<NativeCall, 'encoding'>>;

/** Which of the server's forms an edit takes; undefined for generations, and for masks where the server heeds none. */
export function editFormOf(
  call: { readonly images?: unknown; readonly mask?: unknown },
  dialect: Dialect,
): EditForm | MaskedEditForm | undefined {
  if (call.images === undefined) return undefined;
  return call.mask === undefined ? dialect.edit : dialect.maskedEdit;
}

/** What a server has no place for, in sentences; empty when the call can be sent whole. */
export function findUnspeakable(call: PlainCall, dialect: Dialect): readonly string[] {
  const form = editFormOf(call, dialect);
  const names = form?.names ?? dialect.names;
  const lacking = SAMPLER_FIELDS.filter((field) => call[field] !== undefined && !(field in names));
  const reserved = dialect.reserved.filter((text) => call.prompt.includes(text));
  return [
    ...lacking.map((field) => `${dialect.server} takes no ${field.replace('_', ' ')} with a call`),
    ...reserved.map((text) => `${dialect.server} would take "${text}" in the prompt for an instruction`),
    ...findUneditable(call, dialect, form),
  ];
}

function findUneditable(call: PlainCall, dialect: Dialect, form: EditForm | undefined): readonly string[] {
  const { server } = dialect;
  if (call.images === undefined) return [];
  if (form === undefined) return [`${server} heeds no mask`];
  const { maxImages, fixedSize } = form;
  const masked = call.mask === undefined ? '' : ' with a mask';
  return [
    ...(maxImages !== undefined && call.images.length > maxImages
      ? [`${server} takes ${maxImages} picture${maxImages === 1 ? '' : 's'} in an edit${masked}`]
      : []),
    ...(fixedSize !== undefined && call.size !== undefined && call.size !== fixedSize
      ? [`${server} paints edits${masked} at ${fixedSize} only`]
      : []),
    ...(fixedSize !== undefined && call.n !== 1 ? [`${server} paints one picture per edit${masked}`] : []),
  ];
}

/**
 * The call in the server's own words. Every field that the dialect knows is in it.
 * @param model what the server calls the model
 */
export function speak(call: PlainCall, dialect: Dialect, model: string): Spoken {
  const form = editFormOf(call, dialect);
  const sampler = samplerSettings(call, form?.names ?? dialect.names);
  const some = Object.keys(sampler).length > 0;
  const block = `<sd_cpp_extra_args>${JSON.stringify(sampler)}</sd_cpp_extra_args>`;
  const fixed = form?.fixedSize !== undefined;
  const body: Body = {
    ...(dialect.sendsModel ? { model } : {}),
    prompt: some && dialect.place === 'prompt-block' ? `${call.prompt} ${block}` : call.prompt,
    ...(fixed ? {} : { n: call.n }),
    ...(fixed || call.size === undefined ? {} : { size: call.size }),
    // A link may be a path on the server's own disk, or relative.
    ...(dialect.sendsResponseFormat && !fixed ? { response_format: 'b64_json' } : {}),
    ...(dialect.sendsUser && form === undefined && call.user !== undefined ? { user: call.user } : {}),
    ...(some && dialect.place === 'body' ? sampler : {}),
    ...(some && dialect.place === 'kwargs' ? { kwargs: JSON.stringify(sampler) } : {}),
    ...pictures(call, form),
  };
  return { path: form?.path ?? '/images/generations', encoding: form?.encoding ?? 'json', body };
}

function pictures({ images, mask }: PlainCall, form: EditForm | MaskedEditForm | undefined): Body {
  if (form === undefined || images === undefined) return {};
  return {
    [form.imageField]: images,
    ...(mask !== undefined && 'maskField' in form ? { [form.maskField]: mask } : {}),
  };
}

function samplerSettings(call: PlainCall, names: Dialect['names']): Body {
  let settings: Body = {};
  for (const field of SAMPLER_FIELDS) {
    const [name, value] = [names[field], call[field]];
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
