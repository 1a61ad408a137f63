import { describe, expect, it } from 'vitest';
import { createNativeRequest } from '../../../test/factories/native-request.js';
import type { JsonValue, NativeRequest, Translation } from '../provider.js';
import { CALL_PATH, LEGACY_TASK_PATH, OPENAI_PATH, TASK_PATH, toOpenAiShape } from './forms.js';
import { qwenModels } from './models.js';
import { translateToQwen } from './translate.js';

function translate(slug: string, request: Partial<NativeRequest>): Translation {
  const route = qwenModels.find((entry) => entry.slug === slug)?.routes[0];
  if (route === undefined) throw new Error(`no route for ${slug}`);
  return translateToQwen(createNativeRequest(request), route);
}

const messages = [{ role: 'user', content: [{ text: 'a red fox' }] }];

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

  it('knows the form of every model', () => {
    const paths = qwenModels.map(({ slug }) => {
      const translation = translate(slug, {});
      return [slug, translation.ok ? translation.call.path : 'refused'];
    });
    expect(Object.fromEntries(paths)).toStrictEqual({
      'qwen-image': LEGACY_TASK_PATH,
      'qwen-image-plus': LEGACY_TASK_PATH,
      'qwen-image-max': CALL_PATH,
      'qwen-image-2.0': CALL_PATH,
      'qwen-image-2.0-pro': CALL_PATH,
      'qwen-image-2.1-pro': TASK_PATH,
      'qwen-image-3.0': TASK_PATH,
      'qwen-image-3.0-pro': TASK_PATH,
    });
  });

  it('refuses what the API cannot do, naming it', () => {
    expect(translate('qwen-image', { operation: 'edit' })).toStrictEqual({
      ok: false,
      reasons: [expect.stringContaining('edits')],
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
});
