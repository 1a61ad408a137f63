import { describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import type { JsonValue, NativeInput, NativeRequest, Translation } from '../provider.js';
import { CALL_PATH, LEGACY_TASK_PATH, OPENAI_PATH, TASK_PATH, toOpenAiShape } from './forms.js';
import { qwenModels } from './models.js';
import { translateToQwen } from './translate.js';

function translate(slug: string, request: Partial<NativeRequest>): Translation {
  const route = qwenModels.find((entry) => entry.slug === slug)?.routes[0];
  if (route === undefined) throw new Error(`no route for ${slug}`);
  return translateToQwen(createNativeRequest(request), route);
}

const messages = [{ role: 'user', content: [{ text: 'a red fox' }] }];

function inputs(count: number): readonly NativeInput[] {
  const input: NativeInput = {
    mimeType: 'image/png',
    width: 800,
    height: 600,
    hasAlpha: false,
    hasContinuation: false,
  };
  return Array.from({ length: count }, () => input);
}

function editMessages(count: number): JsonValue {
  const images = Array.from({ length: count }, (_, index) => ({ image: { $input: index, as: 'data-url' } }));
  return [{ role: 'user', content: [...images, { text: 'a red fox' }] }];
}

describe('translateToQwen', () => {
  const cases: readonly [string, string, Partial<NativeRequest>, string, Record<string, JsonValue>][] = [
    [
      'sends the least for a bare prompt',
      'qwen-image',
      {},
      LEGACY_TASK_PATH,
      {
        model: 'qwen-image',
        input: { prompt: 'a red fox' },
        parameters: { n: 1, prompt_extend: true, watermark: false },
      },
    ],
    [
      'puts the negative prompt of a legacy task beside the prompt',
      'qwen-image-plus',
      {
        size: { width: 1664, height: 928 },
        negativePrompt: 'people',
        seed: 0,
        keepPrompt: true,
        options: { watermark: true },
      },
      LEGACY_TASK_PATH,
      {
        model: 'qwen-image-plus',
        input: { prompt: 'a red fox', negative_prompt: 'people' },
        parameters: { size: '1664*928', n: 1, prompt_extend: false, watermark: true, seed: 0 },
      },
    ],
    [
      'calls models without tasks, the negative prompt among the parameters',
      'qwen-image-max',
      { size: { width: 1328, height: 1328 }, negativePrompt: 'people' },
      CALL_PATH,
      {
        model: 'qwen-image-max',
        input: { messages },
        parameters: {
          size: '1328*1328',
          n: 1,
          negative_prompt: 'people',
          prompt_extend: true,
          watermark: false,
        },
      },
    ],
    [
      'asks 2.0 for several pictures in one call',
      'qwen-image-2.0-pro',
      { count: 6, keepPrompt: true, seed: 42 },
      CALL_PATH,
      {
        model: 'qwen-image-2.0-pro',
        input: { messages },
        parameters: { n: 6, prompt_extend: false, watermark: false, seed: 42 },
      },
    ],
    [
      'makes 3.0 a task with the body of a call and its own options',
      'qwen-image-3.0',
      {
        count: 2,
        size: { width: 1792, height: 1024 },
        options: { prompt_extend_mode: 'agent', enable_thinking: false },
      },
      TASK_PATH,
      {
        model: 'qwen-image-3.0',
        input: { messages },
        parameters: {
          size: '1792*1024',
          n: 2,
          prompt_extend: true,
          watermark: false,
          prompt_extend_mode: 'agent',
          enable_thinking: false,
        },
      },
    ],
  ];
  it.each(cases)('%s', (_, slug, request, path, body) => {
    expect(translate(slug, request)).toStrictEqual({
      ok: true,
      call: { path, body, prompt: 'a red fox', count: request.count ?? 1, streamed: false },
      adjustments: [],
    });
  });

  const edits: readonly [string, string, Partial<NativeRequest>, string, Record<string, JsonValue>][] = [
    [
      'edits qwen-image by a call of its editing model',
      'qwen-image',
      { inputs: inputs(1), size: { width: 1024, height: 768 }, count: 2, negativePrompt: 'people', seed: 5 },
      CALL_PATH,
      {
        model: 'qwen-image-edit-plus',
        input: { messages: editMessages(1) },
        parameters: {
          negative_prompt: 'people',
          size: '1024*768',
          n: 2,
          prompt_extend: true,
          watermark: false,
          seed: 5,
        },
      },
    ],
    [
      'edits 2.0 by a call, its pictures in order before the text',
      'qwen-image-2.0',
      { inputs: inputs(3), keepPrompt: true },
      CALL_PATH,
      {
        model: 'qwen-image-2.0',
        input: { messages: editMessages(3) },
        parameters: { n: 1, prompt_extend: false, watermark: false },
      },
    ],
    [
      'edits 3.0 by a task',
      'qwen-image-3.0-pro',
      { inputs: inputs(2), options: { prompt_extend_mode: 'direct' } },
      TASK_PATH,
      {
        model: 'qwen-image-3.0-pro',
        input: { messages: editMessages(2) },
        parameters: { n: 1, prompt_extend: true, watermark: false, prompt_extend_mode: 'direct' },
      },
    ],
    [
      'edits 2.1 with ten pictures, by a task',
      'qwen-image-2.1-pro',
      { inputs: inputs(10) },
      TASK_PATH,
      {
        model: 'qwen-image-2.1-pro',
        input: { messages: editMessages(10) },
        parameters: { n: 1, prompt_extend: true, watermark: false },
      },
    ],
  ];
  it.each(edits)('%s', (_, slug, request, path, body) => {
    expect(translate(slug, { operation: 'edit', ...request })).toStrictEqual({
      ok: true,
      call: { path, body, prompt: 'a red fox', count: request.count ?? 1, streamed: false },
      adjustments: [],
    });
  });

  it.each([
    [
      'generate',
      {
        'qwen-image': LEGACY_TASK_PATH,
        'qwen-image-plus': LEGACY_TASK_PATH,
        'qwen-image-max': CALL_PATH,
        'qwen-image-2.0': CALL_PATH,
        'qwen-image-2.0-pro': CALL_PATH,
        'qwen-image-2.1-pro': TASK_PATH,
        'qwen-image-3.0': TASK_PATH,
        'qwen-image-3.0-pro': TASK_PATH,
      },
    ],
    [
      'edit',
      {
        'qwen-image': CALL_PATH,
        'qwen-image-plus': 'refused',
        'qwen-image-max': 'refused',
        'qwen-image-2.0': CALL_PATH,
        'qwen-image-2.0-pro': CALL_PATH,
        'qwen-image-2.1-pro': TASK_PATH,
        'qwen-image-3.0': TASK_PATH,
        'qwen-image-3.0-pro': TASK_PATH,
      },
    ],
  ] as const)('knows the form of every model, to %s', (operation, forms) => {
    const paths = qwenModels.map(({ slug }) => {
      const translation = translate(slug, { operation, inputs: inputs(operation === 'edit' ? 1 : 0) });
      return [slug, translation.ok ? translation.call.path : 'refused'];
    });
    expect(Object.fromEntries(paths)).toStrictEqual(forms);
  });

  it('refuses what the API cannot do, naming it', () => {
    const agent = { prompt_extend_mode: 'agent' };
    expect(
      translate('qwen-image-3.0', { operation: 'edit', inputs: inputs(1), options: agent }),
    ).toStrictEqual({
      ok: false,
      reasons: ['provider_options.qwen.prompt_extend_mode: the agent takes no pictures'],
    });
    expect(translate('qwen-image-max', { operation: 'edit' })).toStrictEqual({
      ok: false,
      reasons: [expect.stringContaining('has no model for the operation edit')],
    });
    expect(translate('qwen-image-2.0', { options: { enable_thinking: true } })).toStrictEqual({
      ok: false,
      reasons: [expect.stringContaining('enable_thinking')],
    });
    expect(translate('qwen-image', { options: { wattermark: true } })).toStrictEqual({
      ok: false,
      reasons: [expect.stringContaining('wattermark')],
    });
  });
});

describe('toOpenAiShape', () => {
  it('flattens a native call and writes the size with an x', () => {
    const translation = translate('qwen-image-3.0-pro', {
      size: { width: 2048, height: 1024 },
      negativePrompt: 'people',
      seed: 7,
    });
    if (!translation.ok) throw new Error('refused');
    expect(toOpenAiShape(translation.call)).toStrictEqual({
      path: OPENAI_PATH,
      body: {
        model: 'qwen-image-3.0-pro',
        prompt: 'a red fox',
        size: '2048x1024',
        n: 1,
        negative_prompt: 'people',
        prompt_extend: true,
        watermark: false,
        seed: 7,
      },
    });
  });

  it('puts the pictures of an edit into a list, however many there are', () => {
    const translation = translate('qwen-image-3.0', { operation: 'edit', inputs: inputs(1) });
    if (!translation.ok) throw new Error('refused');
    expect(toOpenAiShape(translation.call)).toStrictEqual({
      path: OPENAI_PATH,
      body: {
        model: 'qwen-image-3.0',
        prompt: 'a red fox',
        image: [{ $input: 0, as: 'data-url' }],
        n: 1,
        prompt_extend: true,
        watermark: false,
      },
    });
  });
});
