/** Failures of ComfyUI and of a proxy before it, row by row of section B1 of the protocol notes. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { z } from 'zod';
import { createComfyUiRun } from '../../../src/providers/comfyui/adapter.js';
import { describeFlux } from '../../../src/providers/comfyui/models.js';
import { familyRecipe } from '../../../src/providers/comfyui/recipe.js';
import { translateToComfyUi } from '../../../src/providers/comfyui/translate.js';
import type { Adapter, NativeCall } from '../../../src/providers/provider.js';
import { createNativeRequest } from '../../factories/native-request.js';
import {
  AUTHENTICATION,
  BROKEN_OFF,
  INVALID_REQUEST,
  MODEL_UNAVAILABLE,
  moderatedAt,
  NO_IMAGE_FREE,
  OUT_OF_CREDIT,
  OVERLOADED,
  RATE_LIMITED,
  RATE_LIMITED_1S,
  type ErrorRow,
  type ErrorTable,
} from './error-table.js';
import { tampered, textOf } from './tampering.js';

const runPlainly = createComfyUiRun({ seed: () => 7, id: randomUUID });
const SAID: unknown = expect.stringMatching(/\w/);
const PROXIES = { message: SAID, param: null } as const;

function ask(prompt = 'a red fox'): NativeCall {
  const [route] = describeFlux('flux1-dev').routes;
  if (route === undefined) throw new Error('there is no route');
  const request = createNativeRequest({ prompt, size: { width: 256, height: 256 } });
  const translation = translateToComfyUi(request, route, familyRecipe('flux1-dev', {}));
  if (!translation.ok) throw new Error(translation.reasons.join());
  return translation.call;
}

function emulate(outcome: string): NativeCall {
  return ask(`a red fox [[emulate:${outcome}]]`);
}

const body = z.looseObject({
  prompt: z.record(
    z.string(),
    z.looseObject({ class_type: z.string(), inputs: z.record(z.string(), z.unknown()) }),
  ),
});
type Body = z.infer<typeof body>;

/** The graph as an operator would have drawn it wrongly. */
function drawn(change: (sent: Body) => unknown): Adapter['run'] {
  return tampered(runPlainly, (sent) =>
    sent.path === '/prompt'
      ? { ...sent, body: JSON.stringify(change(body.parse(JSON.parse(textOf(sent))))) }
      : sent,
  );
}

/** With another value of an input of the first node of a class; undefined takes it away. */
function withInput(type: string, input: string, value: unknown): Adapter['run'] {
  return drawn((sent) => ({
    ...sent,
    prompt: Object.fromEntries(
      Object.entries(sent.prompt).map(([id, node]) => [
        id,
        node.class_type === type ? { ...node, inputs: { ...node.inputs, [input]: value } } : node,
      ]),
    ),
  }));
}

function refusedNode(type: string, details: RegExp) {
  const nodes: unknown = expect.toSatisfy(
    (value: unknown) =>
      JSON.stringify(value).includes(`"type":"${type}"`) && details.test(JSON.stringify(value)),
  );
  const error = { type: 'prompt_outputs_failed_validation', message: 'Prompt outputs failed validation' };
  return { status: 400, body: { error, node_errors: nodes } };
}

function refusedGraph(type: string) {
  return { status: 400, body: { error: { type } } };
}

const graphs: readonly ErrorRow[] = [
  {
    when: 'the weights are not on the server',
    call: ask(),
    run: withInput('UNETLoader', 'unet_name', 'x.safetensors'),
    wire: refusedNode('value_not_in_list', /unet_name: 'x\.safetensors' not in/),
    fixture: 'error-400-value-not-in-list.json',
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'a node is not on the server',
    call: ask(),
    run: drawn((sent) => ({
      ...sent,
      prompt: { ...sent.prompt, 99: { class_type: 'NoSuchNode', inputs: {} } },
    })),
    wire: refusedGraph('invalid_prompt'),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'a node has no class',
    call: ask(),
    run: drawn((sent) => ({ ...sent, prompt: { 1: { inputs: {} } } })),
    wire: refusedGraph('invalid_prompt'),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'nothing of the graph is an output',
    call: ask(),
    run: drawn((sent) => ({ ...sent, prompt: { 1: sent.prompt['1'] } })),
    wire: refusedGraph('prompt_no_outputs'),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'there is no graph',
    call: ask(),
    run: drawn(() => ({})),
    wire: refusedGraph('no_prompt'),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'the id is no lower-case UUID',
    call: ask(),
    run: drawn((sent) => ({ ...sent, prompt_id: 'JOB-1' })),
    wire: refusedGraph('invalid_prompt_id'),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'an input is missing',
    call: ask(),
    run: withInput('CLIPTextEncode', 'text', undefined),
    wire: refusedNode('required_input_missing', /"details":"text"/),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'a link leads nowhere',
    call: ask(),
    run: withInput('VAEDecode', 'vae', ['77', 0]),
    wire: refusedNode('bad_linked_input', /vae/),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'a link gives something else',
    call: ask(),
    run: withInput('VAEDecode', 'samples', ['1', 0]),
    wire: refusedNode('return_type_mismatch', /MODEL/),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'a number is too large',
    call: ask(),
    run: withInput('KSampler', 'steps', 20_000),
    wire: refusedNode('value_bigger_than_max', /max of 10000/),
    ...INVALID_REQUEST,
  },
  {
    when: 'a number is too small',
    call: ask(),
    run: withInput('EmptySD3LatentImage', 'width', 1),
    wire: refusedNode('value_smaller_than_min', /min of 16/),
    ...INVALID_REQUEST,
  },
  {
    when: 'a number is none',
    call: ask(),
    run: withInput('KSampler', 'cfg', 'much'),
    wire: refusedNode('invalid_input_type', /FLOAT/),
    ...INVALID_REQUEST,
  },
  {
    when: 'a picture was not uploaded',
    call: ask(),
    run: drawn((sent) => ({
      ...sent,
      prompt: {
        1: { class_type: 'LoadImage', inputs: { image: 'gone.png' } },
        2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
      },
    })),
    wire: refusedNode('custom_validation_failed', /Invalid image file: gone\.png/),
    ...MODEL_UNAVAILABLE,
  },
  {
    when: 'the body is no JSON',
    call: ask(),
    run: tampered(runPlainly, (sent) => (sent.path === '/prompt' ? { ...sent, body: '{"prompt":' } : sent)),
    wire: undefined,
    linkStatus: 500,
    ...OVERLOADED,
  },
];

const proxies: readonly ErrorRow[] = [
  {
    when: 'a proxy refuses the key',
    call: ask(),
    apiKey: 'bad-key-of-the-table',
    wire: { status: 401, body: { error: { ...PROXIES, code: 'invalid_api_key' } } },
    ...AUTHENTICATION,
  },
  {
    when: 'a filter before it refuses the prompt',
    call: emulate('moderated-prompt'),
    wire: { status: 400, body: { error: { ...PROXIES, code: 'content_policy_violation' } } },
    ...moderatedAt('unknown'),
  },
  {
    when: 'a proxy has no credit left',
    call: emulate('out-of-credit'),
    wire: { status: 429, body: { error: { ...PROXIES, code: 'insufficient_quota' } } },
    ...OUT_OF_CREDIT,
  },
  {
    when: 'a proxy limits the pace, with a hint',
    call: emulate('rate-limited'),
    wire: { status: 429, body: { error: { ...PROXIES, code: 'rate_limit_exceeded' } } },
    ...RATE_LIMITED_1S,
  },
  {
    when: 'a proxy limits the pace, without a hint',
    call: emulate('rate-limited-no-hint'),
    wire: { status: 429, body: { error: { ...PROXIES, code: 'rate_limit_exceeded' } } },
    ...RATE_LIMITED,
  },
  {
    when: 'a proxy finds it busy',
    call: emulate('overloaded'),
    wire: undefined,
    linkStatus: 503,
    ...OVERLOADED,
  },
];

const jobs: readonly ErrorRow[] = [
  { when: 'the job runs out of memory', call: emulate('server-error'), wire: undefined, ...OVERLOADED },
  { when: 'the job ends without a picture', call: emulate('no-image'), wire: undefined, ...NO_IMAGE_FREE },
  { when: 'the job ends with a text', call: emulate('text-only'), wire: undefined, ...NO_IMAGE_FREE },
  {
    when: 'the picture is gone',
    call: emulate('expired-link'),
    wire: undefined,
    linkStatus: 404,
    ...NO_IMAGE_FREE,
  },
  // Every download of it does; the job is not run again for that.
  { when: "the picture's bytes break off", call: emulate('cut-body'), wire: undefined, ...BROKEN_OFF },
];

const identified = z.object({
  error: z.object({ type: z.string() }),
  node_errors: z.record(
    z.string(),
    z.object({ errors: z.array(z.object({ type: z.string(), message: z.string() })) }),
  ),
});

export const comfyUiErrors: ErrorTable = {
  provider: 'comfyui',
  settings: { FLUX_PROTOCOL: 'comfyui' },
  rows: [...graphs, ...proxies, ...jobs],
  fixtures: /^error-/,
  identify: (answer) => {
    const { error, node_errors: nodes } = identified.parse(answer);
    return { type: error.type, errors: Object.values(nodes).flatMap(({ errors }) => errors) };
  },
  slugs: ['flux-1-pro'],
  exceptions: [{ slug: 'flux-1-pro', outcome: 'expired-link', answer: NO_IMAGE_FREE.answer }],
};
