import { describe, expect, it } from 'vitest';
import { findOtherSpelling, replaceWords } from './replace-words.js';

describe('replacing words', () => {
  it.each([
    ['a summer day in summer', 'summer', 'winter', 'a winter day in winter'],
    ['at sunset, the sun', 'sun', 'moon', 'at sunset, the moon'],
    ['summer.', 'summer', '', '.'],
    ['a (red) kite', '(red)', '$& $1', 'a $& $1 kite'],
    ['夏天的湖', '夏天', '冬天', '冬天的湖'],
    ['夏sun天', 'sun', 'moon', '夏moon天'],
    ['in Ägypten', 'Ägypten', 'Athen', 'in Athen'],
    ['dark-blue sea', 'dark-blue', 'pale', 'pale sea'],
    ['a path/way', 'path/way', 'road', 'a road'],
  ])('%j: %j → %j', (prompt, words, replacement, expected) => {
    expect(replaceWords(prompt, words, replacement)).toBe(expected);
  });

  it.each([
    ['at sunset', 'sun'],
    ['Summer', 'summer'],
    ['überall', 'über'],
    ['anything', '.'],
  ])('%j has no %j', (prompt, words) => {
    expect(replaceWords(prompt, words, 'x')).toBeUndefined();
  });

  it('reaches every part of a prompt in parts, and leaves the others', () => {
    const prompt = { subject: 'a summer lake', mood: 'calm', avoid: ['summer crowds', 'boats'] };
    expect(replaceWords(prompt, 'summer', 'autumn')).toEqual({
      subject: 'a autumn lake',
      mood: 'calm',
      avoid: ['autumn crowds', 'boats'],
    });
    expect(replaceWords(prompt, 'winter', 'autumn')).toBeUndefined();
  });

  it('knows the words in other letters', () => {
    expect(findOtherSpelling('A Summer day', 'summer')).toBe('Summer');
    expect(findOtherSpelling('at sunset', 'sun')).toBeUndefined();
  });
});
