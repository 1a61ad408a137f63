import { describe, expect, it } from 'vitest';
import { readInstruction } from './read-instruction.js';

const kinds = (prompt: string, masked = false): readonly string[] =>
  readInstruction(prompt, [], masked).subjects.map((subject) => subject.kind);

describe('readInstruction', () => {
  it.each([
    ['make it winter', { season: 'winter' }],
    ['make it fall', { season: 'autumn' }],
    ['turn day into night', { time: 'night' }],
    ['change it from summer to spring', { season: 'spring' }],
    ['convert it to golden hour', { time: 'golden' }],
    ['winter instead of summer', { season: 'winter' }],
    ['light rain', { weather: ['rain'] }],
    ['雪景，清晨', { season: 'winter', time: 'dawn' }],
    ['冬天', { season: 'winter' }],
    ['秋天', { season: 'autumn' }],
    ['夜晚', { time: 'night' }],
    ['黎明', { time: 'dawn' }],
    ['下雨', { weather: ['rain'] }],
    ['加点雾', { weather: ['fog'] }],
    ['把白天变成黑夜', { time: 'night', palette: [] }],
    ['make it teal and orange', { palette: ['#1f7f83', '#e2801f'] }],
  ])('reads %j', (prompt, wanted) => {
    const read = readInstruction(prompt, [], false);
    expect(read).toMatchObject(wanted);
    expect(read.edit.unread).toBe(false);
    expect(read.subjects).toEqual([]);
  });

  it.each([
    ['turn this photo into a pencil sketch', 'line'],
    ['as a watercolor painting', 'watercolour'],
    ['水彩', 'watercolour'],
    ['low poly style', 'low-poly'],
    ['ukiyo-e', 'woodblock'],
    ['make it 8-bit pixel art', 'pixel'],
  ])('reads the manner of %j', (prompt, style) => {
    expect(readInstruction(prompt, [], false).edit.style).toBe(style);
  });

  it.each([
    ['black and white', ['monochrome']],
    ['黑白', ['monochrome']],
    ['a vintage, muted look', ['muted', 'vintage']],
    ['film noir', ['noir']],
  ])('reads the look of %j', (prompt, looks) => {
    const read = readInstruction(prompt, [], false);
    expect(read.edit.looks).toEqual(looks);
    expect(read.palette).toEqual([]);
  });

  it.each([
    [
      'Make it winter at dawn. Keep the bridge, the lantern and the pond.',
      ['stone-bridge', 'paper-lantern', 'pond'],
    ],
    ['keep a boat, make it autumn', ['sailboat']],
    ['make it night without changing the bridge', ['stone-bridge']],
    ['leave the lantern and make it night', ['paper-lantern']],
    ['it should be raining, but a fox stays the same', ['fox']],
    ['把白天变成黑夜，保留桥', ['stone-bridge']],
  ])('adds nothing of what %j keeps', (prompt, kept) => {
    const read = readInstruction(prompt, [], false);
    expect(read.edit.kept).toEqual(kept);
    expect(read.subjects).toEqual([]);
    expect(read.edit.unread).toBe(false);
  });

  it('tells what is added from what is there', () => {
    expect(kinds('add a boat')).toEqual(['sailboat']);
    expect(kinds('a red lantern on the left')).toEqual(['paper-lantern']);
    expect(kinds('加一艘船')).toEqual(['rowboat']);
    expect(kinds('add a cat next to the house')).toEqual(['cat']);
    expect(kinds('make the house look older')).toEqual([]);
    expect(kinds('remove the boat')).toEqual([]);
    expect(kinds('the red apple', true)).toEqual(['apple']);
    expect(readInstruction('a red lantern on the left', [], false).edit.place.across).toBe('left');
  });

  it('reads what gets another colour, and does not tint the whole picture with it', () => {
    const car = readInstruction('make the car red', [], false);
    expect(car.edit.recolour).toEqual({ target: 'subject', colour: '#c8322b' });
    expect(car.palette).toEqual([]);
    expect(readInstruction('make the sky purple', [], false).edit.recolour?.target).toBe('sky');
    expect(readInstruction('把树叶变成红色', [], false).edit.recolour?.target).toBe('foliage');
  });

  it('replaces a background by what follows', () => {
    const read = readInstruction('replace the background with a beach at sunset', [], false);
    expect(read).toMatchObject({ settings: ['beach'], time: 'sunset', edit: { background: true } });
  });

  it.each(['', 'xyzzy', 'fnord the quux', '???'])('admits that it does not understand %j', (prompt) => {
    expect(readInstruction(prompt, [], false).edit.unread).toBe(true);
  });
});
