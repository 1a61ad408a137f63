import { ellipse, line, path, type Sketch } from './sketch.js';

/** Swimmers are centred on the origin and face right. */
export function fish(s: Sketch): string {
  const scale = (shade: number): string => s.own('#e2762a', shade);
  const body = 'M-52 0C-36 -30 10 -38 44 -16Q58 -6 62 2Q56 14 40 22C8 38 -34 26 -52 0Z';
  const rows: string[] = [];
  for (let row = -3; row <= 3; row++)
    for (let x = -40; x < 34; x += 9) rows.push(`M${x + (row % 2) * 4.5} ${row * 8 - 4}q5 4 0 8`);
  const fin = (d: string): string =>
    path(
      d,
      s.linear(0, -56, 0, 56, [
        [0, scale(0.7)],
        [1, scale(-0.3)],
      ]),
      'fill-opacity=".86"',
    );
  return [
    fin('M-48 0C-66 -14 -92 -40 -104 -32C-96 -18 -92 -8 -92 2C-92 12 -96 26 -100 38C-88 42 -64 16 -48 4Z'),
    fin('M-16 -27C-8 -50 16 -56 30 -44C26 -36 24 -30 26 -24Z'),
    fin('M-14 25C-18 40 -8 52 4 50C6 40 8 34 14 28Z'),
    line(
      'M-60 2Q-80 -12 -98 -26M-60 3Q-80 4 -92 4M-60 6Q-80 18 -96 32',
      scale(-0.7),
      0.9,
      'stroke-opacity=".6"',
    ),
    path(
      body,
      s.linear(0, -36, 0, 32, [
        [0, scale(0.7)],
        [0.45, scale(0.5)],
        [0.75, s.tone('#f6e6cf', 0.5)],
        [1, s.tone('#e0c8a8', -0.2)],
      ]),
    ),
    `<g ${s.clip(path(body, '#fff'))}>${line(rows.join(''), scale(-0.5), 0.9, 'stroke-opacity=".55"')}${s.colour === undefined ? path('M-20 -40Q-8 0 -16 40L-4 40Q6 0 -4 -40ZM20 -40Q32 0 22 40L32 40Q42 0 34 -40Z', s.tone('#fbf6ee', 0.5), 'fill-opacity=".85"') : ''}</g>`,
    path('M8 4C0 16 -12 20 -18 18C-14 8 -6 0 6 -2Z', scale(-0.2)),
    line('M34 -20Q26 0 34 20', scale(-0.6), 1.4, 'stroke-opacity=".7"'),
    ellipse(46, -6, 5, 5, '#fbf7ea'),
    ellipse(47, -6, 3, 3, '#0e0c0b'),
    ellipse(46, -7.4, 1, 1, '#ffffff'),
    line('M61 3Q55 6 51 5', scale(-0.8), 1.3),
  ].join('');
}

export function whale(s: Sketch): string {
  const skin = (shade: number): string => s.own('#3f5f7c', shade);
  const body =
    'M-104 -22C-84 -20 -70 -10 -56 -6C-30 -34 28 -44 66 -32C92 -24 104 -8 102 4C100 16 84 26 56 32C14 40 -28 26 -56 6C-70 0 -84 -8 -104 -22Z';
  return [
    path(
      'M-92 -16C-112 -18 -124 -36 -126 -48C-112 -46 -102 -36 -96 -26C-92 -38 -82 -50 -68 -52C-68 -38 -76 -22 -86 -12Z',
      s.linear(0, -52, 0, -10, [
        [0, skin(0.6)],
        [1, skin(-0.4)],
      ]),
    ),
    path(
      body,
      s.linear(0, -40, 0, 36, [
        [0, skin(0.85)],
        [0.5, skin(0.1)],
        [1, skin(-0.6)],
      ]),
    ),
    `<g ${s.clip(path(body, '#fff'))}>${path(
      'M104 4C84 12 50 14 20 10C-10 8 -36 4 -56 4L-40 50L110 44Z',
      s.linear(0, 4, 0, 36, [
        [0, s.tone('#e9edf0', 0.3)],
        [1, s.tone('#b4c2cc', -0.5)],
      ]),
    )}${line('M98 10Q60 20 16 18M94 16Q60 26 14 24M86 22Q54 32 12 30', s.tone('#8da2b2', -0.2), 1.2)}</g>`,
    path(
      'M22 12C14 32 -2 46 -16 46C-12 32 -2 18 8 10Z',
      s.linear(0, 10, 0, 46, [
        [0, skin(0.3)],
        [1, skin(-0.6)],
      ]),
    ),
    line('M102 5C84 10 70 8 58 0', skin(-0.9), 1.5),
    ellipse(62, -6, 2.6, 2.4, '#0b0f14'),
    ellipse(61.2, -6.8, 0.8, 0.8, '#ffffff'),
    ...[
      [30, -26],
      [44, -28],
      [20, -22],
      [-10, -18],
      [56, -22],
    ].map(([x = 0, y = 0]) => ellipse(x, y, 2, 1, s.tone('#cfdbe4', 0.4), 'fill-opacity=".4"')),
  ].join('');
}
