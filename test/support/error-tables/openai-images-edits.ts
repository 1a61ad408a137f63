/** Failures of edits on self-hosted servers: pictures that can't be read, fields under other names, filters. */
import { INVALID_REQUEST, moderatedAt, type ErrorRow } from './error-table.js';
import { ask, matching, on, PROXIES, SEEMING_FAULT } from './openai-images-servers.js';
import { textOf, type Sent } from './tampering.js';

/** An edit whose picture or mask is no picture: the frame's calls come without a store, so the bytes stand in the form. */
function badPicture(
  fields: readonly (readonly [name: string, kind: 'text' | 'file'])[],
  path = '/images/edits',
) {
  const parts = fields.map(([name, kind]) =>
    kind === 'text'
      ? `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\na hat\r\n`
      : `--x\r\nContent-Disposition: form-data; name="${name}"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nno picture\r\n`,
  );
  return (sent: Sent): Sent => ({
    ...sent,
    path,
    headers: { ...sent.headers, 'content-type': 'multipart/form-data; boundary=x' },
    body: `${parts.join('')}--x--\r\n`,
  });
}

const PROMPTED = ['prompt', 'text'] as const;
const MODEL = ['model', 'text'] as const;

/** What servers say of an edit's pictures, and of a missing mask. */
export const editErrors: readonly ErrorRow[] = [
  {
    when: 'sd-server can not read an input',
    call: ask(),
    ...on('sd-server', badPicture([PROMPTED, ['image[]', 'file']])),
    wire: { status: 400, body: { error: 'invalid params' } },
    ...INVALID_REQUEST,
  },
  {
    when: 'LocalAI can not read an input',
    call: ask(),
    ...on('localai', badPicture([PROMPTED, ['image', 'file'], ['mask', 'file']], '/images/inpainting')),
    wire: { status: 500, body: { error: { code: 500, message: matching(/decoded/), type: '' } } },
    ...SEEMING_FAULT,
  },
  ...(['vllm-omni', 'sglang', 'nim'] as const).map((dialect): ErrorRow => ({
    when: `${dialect} can not read an input`,
    call: ask(),
    ...on(dialect, badPicture([PROMPTED, ['image', 'file']])),
    wire: { status: 400, body: { detail: matching(/decoded/) } },
    ...INVALID_REQUEST,
  })),
  {
    when: 'Xinference can not read an input',
    call: ask(),
    ...on('xinference', badPicture([PROMPTED, MODEL, ['image', 'file']], '/images/variations')),
    wire: { status: 400, body: { detail: matching(/decoded/) } },
    ...INVALID_REQUEST,
  },
  {
    when: 'vLLM-Omni gets pictures under another name',
    call: ask(),
    ...on('vllm-omni', badPicture([PROMPTED, ['image[]', 'file']])),
    wire: { status: 422, body: { detail: [{ loc: ['body', 'image'] }] } },
    ...INVALID_REQUEST,
  },
  {
    when: 'a filter refuses an edit, whatever its picture',
    call: ask(),
    ...on('nim', (sent) => {
      const edit = badPicture([PROMPTED, ['image', 'file']])(sent);
      return { ...edit, body: textOf(edit).replace('a hat', 'a hat [[emulate:moderated-input]]') };
    }),
    wire: { status: 400, body: { error: { ...PROXIES, code: 'content_policy_violation' } } },
    ...moderatedAt('unknown'),
  },
];
