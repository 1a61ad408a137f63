import { describe, expect, it } from 'vitest';
import { findGlyph } from './glyphs.js';
import { fitText, letterLine, lineWidth } from './lettering.js';

const style = { fill: '#000', weight: 600, spacing: 0 };

describe('lettering', () => {
  it.each([
    ['Latin', 'Hamburgefonstiv 0123456789 éàüßøłñçğ&@'],
    ['Greek', 'Ελληνικά ΩΨ'],
    ['Cyrillic', 'Съешь ещё їґ'],
    ['Chinese', '雪豹桥灯笼湖山夜冬图像生成网关你好世界'],
    ['Japanese', 'ひらがな カタカナ 東京の猫'],
  ])('has outlines for %s', (_script, text) => {
    for (const character of text.replaceAll(' ', '')) {
      expect(findGlyph(character.codePointAt(0) ?? 0)?.path.length, character).toBeGreaterThan(10);
    }
  });

  it('shows a character no font has by its code point in a box', () => {
    expect(findGlyph(0x1f600)).toBeUndefined();
    const markup = letterLine('😀', 0, 0, 100, style);
    expect(markup).toContain('<rect');
    expect(markup.match(/<path/gu)?.length).toBe('1F600'.length);
  });

  it('breaks long text into lines that fit the box', () => {
    const fitted = fitText('The quick brown fox jumps over the lazy dog', 300, 200, 0);
    expect(fitted.lines.length).toBeGreaterThan(1);
    expect(fitted.lines.join(' ')).toBe('The quick brown fox jumps over the lazy dog');
    for (const line of fitted.lines) expect(lineWidth(line, 0) * fitted.size).toBeLessThanOrEqual(300.01);
  });

  it('breaks Chinese between any two characters', () => {
    const fitted = fitText('雪豹桥灯笼湖山夜冬', 120, 120, 0);
    expect(fitted.lines.length).toBeGreaterThan(1);
    expect(fitted.lines.join('')).toBe('雪豹桥灯笼湖山夜冬');
  });
});
