import { describe, expect, it } from 'vitest';
import { fieldFromText, holdsPictures, joinFields } from './typed-fields.js';

const read = (name: string, text: string) => fieldFromText(name, text, name);

describe('fieldFromText', () => {
  it.each([
    ['prompt', '12', { prompt: '12' }],
    ['prompt', ' two words ', { prompt: ' two words ' }],
    ['prompt', '{"subject": "a fox"}', { prompt: { subject: 'a fox' } }],
    ['prompt', '{a fox}', { prompt: '{a fox}' }],
    ['prompt.subject', 'a fox', { prompt: { subject: 'a fox' } }],
    ['prompt.avoid', 'text', { prompt: { avoid: ['text'] } }],
    ['prompt.avoid', '["text", "frames"]', { prompt: { avoid: ['text', 'frames'] } }],
    ['n', '2', { n: 2 }],
    ['seed', ' 0 ', { seed: 0 }],
    ['persist', 'TRUE', { persist: true }],
    ['prompt_revision', 'false', { prompt_revision: false }],
    ['fallback', 'false', { fallback: false }],
    ['fallback', '["dall-e-3"]', { fallback: ['dall-e-3'] }],
    ['metadata.order', '12', { metadata: { order: '12' } }],
    ['provider_options', '{"openai": {}}', { provider_options: { openai: {} } }],
    ['image', 'img_abc', { image: { image_id: 'img_abc' } }],
    ['image', 'file_abc', { image: { file_id: 'file_abc' } }],
    ['image', 'https://example.com/a.png', { image: 'https://example.com/a.png' }],
  ])('%s of %j', (name, text, request) => {
    expect(read(name, text)).toEqual(request);
  });

  it.each([
    ['qualty', 'x', 'qualty is no field of a request; did you mean quality?'],
    ['size.width', '1', 'size.width is no field of a request'],
    ['metadata.', '1', 'metadata. names nothing behind its dot'],
    ['n', '2.5', 'n must be a whole number, not "2.5"'],
    ['persist', 'yes', 'persist must be true or false, not "yes"'],
    ['fallback', 'dall-e-3', 'fallback must be true or false or a JSON list, not "dall-e-3"'],
    ['metadata', '{"a": 1', 'metadata is not valid JSON'],
  ])('%s of %j is refused', (name, text, message) => {
    expect(() => read(name, text)).toThrow(message);
  });
});

it('joins members, and lets the later value stand', () => {
  const joined = joinFields({ n: 1, metadata: { a: '1' } }, { n: 2, metadata: { b: '2' } }, { prompt: 'x' });
  expect(joined).toEqual({ n: 2, metadata: { a: '1', b: '2' }, prompt: 'x' });
  expect(joinFields({ prompt: { subject: 'a' } }, { prompt: 'b' })).toEqual({ prompt: 'b' });
});

it('knows an edit by its pictures', () => {
  expect([{ prompt: 'x', mask: 'y' }, { images: [] }].map(holdsPictures)).toEqual([false, true]);
});
