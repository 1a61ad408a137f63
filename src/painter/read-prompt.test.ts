import { describe, expect, it } from 'vitest';
import { readPrompt } from './read-prompt.js';
import { stripEmulationTokens } from './strip-tokens.js';
import type { Understood } from './understood.js';

const kinds = (prompt: string, avoid: readonly string[] = []): readonly string[] =>
  readPrompt(prompt, avoid).subjects.map((subject) => subject.kind);

describe('readPrompt', () => {
  it.each<[prompt: string, expected: Partial<Understood>]>([
    [
      'a stone bridge over a pond, summer evening',
      { settings: ['pond'], season: 'summer', time: 'evening', style: 'photo' },
    ],
    ['the same in winter at dawn, watercolour', { season: 'winter', time: 'dawn', style: 'watercolour' }],
    ['a lighthouse in a storm at night, oil painting', { weather: ['storm'], time: 'night', style: 'oil' }],
    [
      'an owl, close-up, golden-hour light, from below',
      { shot: 'close-up', time: 'golden', fromBelow: true },
    ],
    [
      'a rocket poster, flat vector, navy and coral',
      { style: 'flat', poster: true, palette: ['#1e2b58', '#ea7a62'] },
    ],
    ['woodblock print of Mount Fuji in spring', { style: 'woodblock', settings: ['fuji'], season: 'spring' }],
    ['夜 冬 湖 山 水墨', { time: 'night', season: 'winter', settings: ['lake', 'mountain'], style: 'ink' }],
    ['aurora and stars over snow', { sky: ['aurora', 'stars'], weather: ['snow'] }],
    ['', { subjects: [], settings: [], season: undefined, time: undefined, style: 'photo' }],
  ])('reads %j', (prompt, expected) => {
    expect(readPrompt(prompt, [])).toMatchObject(expected);
  });

  it('prefers the longest phrase, so a snow leopard is neither snow nor a leopard', () => {
    const understood = readPrompt('a snow leopard', []);
    expect(understood.subjects.map((subject) => subject.kind)).toEqual(['snow-leopard']);
    expect(understood.weather).toEqual([]);
    expect(kinds('雪豹')).toEqual(['snow-leopard']);
  });

  it.each([
    ['two red sailboats', [{ kind: 'sailboat', count: 2, colour: '#c8322b' }]],
    ['a blue vintage car', [{ kind: 'car', count: 1, colour: '#2f62b5' }]],
    [
      'a black cat and a white dog',
      [
        { kind: 'cat', count: 1, colour: '#23242a' },
        { kind: 'dog', count: 1, colour: '#f4f3ef' },
      ],
    ],
    ['hot-air balloons', [{ kind: 'balloon', count: 3, colour: undefined }]],
    ['红灯笼', [{ kind: 'paper-lantern', count: 1, colour: '#c8322b' }]],
  ])('reads number and colour of %j', (prompt, subjects) => {
    expect(readPrompt(prompt, []).subjects).toEqual(subjects);
  });

  it('takes quoted text as lettering and never as subject', () => {
    const understood = readPrompt('a castle with a banner "DOG SHOW", “Fête”, «Мир», 「猫」', []);
    expect(understood.lettering).toEqual(['DOG SHOW', 'Fête', 'Мир', '猫']);
    expect(understood.subjects.map((subject) => subject.kind)).toEqual(['castle']);
  });

  it('leaves out what is negated in the prompt or listed to avoid', () => {
    expect(kinds('a street without cars, no people')).toEqual([]);
    expect(readPrompt('a street without cars, no people', []).avoid).toEqual(
      expect.arrayContaining(['car', 'person']),
    );
    expect(kinds('a boat and a cat by a tree', ['boats', 'trees'])).toEqual(['cat']);
    expect(readPrompt('a meadow, no clouds', []).weather).toEqual([]);
    expect(readPrompt('a sign "Hi", no text', []).lettering).toEqual([]);
    expect(readPrompt('a lake', ['blurry hands']).avoid).toEqual(['blurry hands']);
  });
});

describe('stripEmulationTokens', () => {
  it.each([
    ['a cat [[emulate:rate-limited]] on a mat', 'a cat on a mat'],
    ['[[emulate:slow-500*2@dall-e-3]][[emulate:stall]]a dog', 'a dog'],
    ['keep [[this]] and [[emulate:open', 'keep [[this]] and [[emulate:open'],
  ])('turns %j into %j', (prompt, expected) => {
    expect(stripEmulationTokens(prompt)).toBe(expected);
  });

  it('keeps tokens from being read', () => {
    expect(kinds('a lake [[emulate:cat]]')).toEqual([]);
  });
});
