import { ellipse, line, path, rect, type Sketch } from './sketch.js';

export function apple(s: Sketch): string {
  const skin = (shade: number): string => s.own('#c22f2c', shade);
  return [
    path(
      'M0 -78C-22 -92 -56 -80 -54 -42C-52 -10 -26 4 0 -4C26 4 52 -10 54 -42C56 -80 22 -92 0 -78Z',
      s.radial(-20, -56, 78, [
        [0, skin(1)],
        [0.4, skin(0.4)],
        [0.8, skin(-0.5)],
        [1, skin(-0.95)],
      ]),
    ),
    path('M-22 -78Q0 -62 22 -78Q0 -70 -22 -78Z', s.tone('#5b1a14', -0.5), 'fill-opacity=".6"'),
    line('M0 -74Q2 -90 10 -98', s.tone('#5b3c22', 0.1), 3.6),
    path(
      'M4 -84Q20 -104 42 -94Q30 -78 4 -84Z',
      s.linear(4, -90, 42, -90, [
        [0, s.tone('#7fa044', 0.7)],
        [1, s.tone('#4d7a30', -0.2)],
      ]),
    ),
    ellipse(-24, -58, 8, 14, '#ffffff', 'fill-opacity=".5" transform="rotate(22 -24 -58)"'),
  ].join('');
}

export function fruit(s: Sketch): string {
  const ball = (x: number, y: number, r: number, hex: string): string =>
    ellipse(
      x,
      y,
      r,
      r,
      s.radial(x - r * 0.35, y - r * 0.4, r * 1.5, [
        [0, s.tone(hex, 1)],
        [0.5, s.tone(hex, 0.2)],
        [1, s.tone(hex, -0.9)],
      ]),
    ) + ellipse(x - r * 0.38, y - r * 0.42, r * 0.16, r * 0.24, '#ffffff', 'fill-opacity=".5"');
  const grapes = Array.from({ length: 16 }, (_unused, index) =>
    ball(52 + (index % 4) * 9 - Math.floor(index / 4) * 2, -46 + Math.floor(index / 4) * 9, 6.2, '#5d3a78'),
  ).join('');
  const bowl = (shade: number): string => s.own('#d9d2c2', shade);
  return [
    ball(-34, -62, 24, '#e08a28'),
    ball(6, -74, 25, '#c63a30'),
    ball(40, -62, 23, '#d9b23a'),
    path(
      'M-66 -52C-70 -82 -48 -98 -44 -112C-36 -98 -30 -80 -38 -54Z',
      s.linear(-66, 0, -36, 0, [
        [0, s.tone('#c9c24a', 0.9)],
        [1, s.tone('#8d9a34', -0.6)],
      ]),
    ),
    line('M-44 -111Q-42 -120 -37 -123', s.tone('#5b3c22'), 2.4),
    line('M6 -97Q9 -106 14 -110', s.tone('#5b3c22'), 2.4),
    ball(-6, -54, 22, '#8fae3e'),
    path(
      'M-84 -50Q0 -34 84 -50C80 -16 46 -4 0 -4C-46 -4 -80 -16 -84 -50Z',
      s.linear(-84, 0, 84, 0, [
        [0, bowl(0.4)],
        [0.3, bowl(0.95)],
        [0.65, bowl(0)],
        [1, bowl(-0.85)],
      ]),
    ),
    line('M-84 -50Q0 -34 84 -50', bowl(1), 2.4),
    line('M-79 -36Q0 -20 79 -36', s.tone('#3f6a9c', 0.2), 2.6),
    rect(-30, -6, 60, 6, bowl(-0.4), 'rx="3"'),
    grapes,
  ].join('');
}

export function candle(s: Sketch): string {
  return [
    ellipse(0, -3, 34, 7, s.tone('#8a6a34', -0.3)),
    ellipse(
      0,
      -6,
      34,
      7,
      s.linear(-34, 0, 34, 0, [
        [0, s.tone('#e0b965', 0.9)],
        [1, s.tone('#8d6526', -0.5)],
      ]),
    ),
    path('M34 -8C52 -10 52 4 36 0L32 -3C44 -2 44 -7 33 -5Z', s.tone('#c09a4a', 0.3)),
    rect(
      -12,
      -62,
      24,
      56,
      s.linear(-12, 0, 12, 0, [
        [0, s.own('#f3ead2', 0.5)],
        [0.35, s.own('#fbf4e2', 0.95)],
        [1, s.own('#c9b890', -0.6)],
      ]),
    ),
    path(
      'M-12 -60Q-10 -50 -8 -40Q-5 -36 -5 -46Q-4 -56 0 -56Q6 -56 7 -48Q9 -42 12 -60Z',
      s.own('#fdf6e4', 0.9),
    ),
    ellipse(0, -62, 12, 3.4, s.lit('#ffe9b0')),
    line('M0 -62V-70', '#3b2a1a', 1.6),
    path(
      'M0 -104C10 -88 11 -76 6 -70Q0 -65 -6 -70C-11 -76 -8 -88 0 -104Z',
      s.radial(0, -76, 26, [
        [0, '#fffbe6'],
        [0.4, '#ffe08a'],
        [0.8, '#ff9f3a'],
        [1, '#ff7a1a'],
      ]),
    ),
    path('M0 -82C4 -76 4 -70 0 -67C-4 -70 -4 -76 0 -82Z', '#8fb4ff', 'fill-opacity=".55"'),
  ].join('');
}

export function lamp(s: Sketch): string {
  const brass = (shade: number): string => s.tone('#b98a3e', shade);
  return [
    ellipse(
      0,
      -3,
      26,
      6,
      s.linear(-26, 0, 26, 0, [
        [0, brass(0.9)],
        [1, brass(-0.8)],
      ]),
    ),
    rect(
      -2.4,
      -48,
      4.8,
      46,
      s.linear(-3, 0, 3, 0, [
        [0, brass(0.9)],
        [1, brass(-0.8)],
      ]),
    ),
    path(
      'M-20 -96L20 -96L36 -46L-36 -46Z',
      s.colour === undefined
        ? s.linear(0, -96, 0, -46, [
            [0, '#f3d99a'],
            [0.6, '#fff1c4'],
            [1, '#ffe6a0'],
          ])
        : s.linear(0, -96, 0, -46, [
            [0, s.own('#3f7f6a', 0.6)],
            [1, s.own('#3f7f6a', 1)],
          ]),
    ),
    ellipse(0, -46, 36, 5.4, '#fff6d8'),
    line('M26 -44V-30', brass(0.5), 0.9),
    ellipse(26, -28, 1.8, 1.8, brass(0.6)),
  ].join('');
}
