import { line, path, rect, type Sketch } from './sketch.js';

export function shoe(s: Sketch): string {
  const upper = (shade: number): string => s.own('#d8452f', shade);
  const lace = Array.from({ length: 5 }, (_unused, n) =>
    line(`M${14 + n * 13} ${-70 + n * 7}L${32 + n * 12} ${-62 + n * 6.6}`, s.tone('#fbfaf6', 0.7), 3.8),
  ).join('');
  return [
    path(
      'M-108 -20C-112 -50 -106 -84 -96 -92C-84 -86 -66 -82 -48 -92L-18 -98C4 -88 30 -64 64 -50C96 -40 122 -36 124 -18Z',
      s.linear(0, -98, 0, -16, [
        [0, upper(0.9)],
        [0.5, upper(0.2)],
        [1, upper(-0.6)],
      ]),
    ),
    path('M-96 -92C-84 -86 -66 -82 -48 -92L-18 -98L-10 -92C-30 -78 -66 -70 -92 -78Z', s.tone('#2b2d33', 0)),
    path('M-18 -98L-2 -108C10 -100 20 -90 30 -82L14 -72C4 -82 -8 -92 -18 -98Z', upper(0.5)),
    path('M68 -48C98 -40 122 -36 124 -18L74 -18C62 -28 62 -40 68 -48Z', upper(-0.3)),
    path('M-106 -52C-84 -60 -70 -40 -72 -18L-108 -18Z', upper(-0.4)),
    path('M-62 -20C-44 -44 -10 -48 22 -60C10 -40 -14 -26 -30 -20Z', s.tone('#fbfaf6', 0.6)),
    lace,
    path(
      'M-112 -22Q0 -12 126 -22C132 -14 130 -2 118 0L-102 0C-114 -2 -116 -12 -112 -22Z',
      s.linear(0, -22, 0, 0, [
        [0, s.tone('#ffffff', 0.9)],
        [0.6, s.tone('#eceae4', 0.2)],
        [1, s.tone('#c2c0ba', -0.5)],
      ]),
    ),
    line('M-108 -9Q0 -2 124 -10', s.tone('#b4b1aa', -0.1), 1.4),
    path('M-104 0L118 0L112 4L-98 4Z', s.tone('#4a4540', -0.2)),
    line(
      'M-100 -70Q-104 -46 -100 -24M-66 -74Q-64 -50 -50 -30',
      upper(-0.8),
      1,
      'stroke-dasharray="3 2.6" stroke-opacity=".8"',
    ),
  ].join('');
}

export function bottle(s: Sketch): string {
  const glass = (shade: number): string => s.own('#2f6b53', shade);
  return [
    path(
      'M-10 -96L10 -96L10 -74C12 -62 24 -58 25 -46L25 -6C25 -1 22 0 18 0L-18 0C-22 0 -25 -1 -25 -6L-25 -46C-24 -58 -12 -62 -10 -74Z',
      s.linear(-25, 0, 25, 0, [
        [0, glass(-0.3)],
        [0.14, glass(1)],
        [0.3, glass(0.2)],
        [0.72, glass(-0.5)],
        [0.92, glass(0.5)],
        [1, glass(-0.6)],
      ]),
    ),
    rect(
      -11,
      -110,
      22,
      20,
      s.linear(-11, 0, 11, 0, [
        [0, s.tone('#d9b562', 0.6)],
        [0.3, s.tone('#f2d894', 1)],
        [1, s.tone('#8d6a26', -0.6)],
      ]),
      'rx="2.4"',
    ),
    rect(-12, -92, 24, 3.4, s.tone('#b08a3c', 0.1)),
    rect(
      -25,
      -44,
      50,
      30,
      s.linear(-25, 0, 25, 0, [
        [0, s.tone('#efe6d2', 0.3)],
        [0.25, s.tone('#fbf6ea', 0.9)],
        [1, s.tone('#cdbf9f', -0.6)],
      ]),
    ),
    line('M-18 -39H18M-18 -19H18', s.tone('#b08a3c', 0.2), 0.9),
    path('M0 -36C6 -32 6 -26 0 -22C-6 -26 -6 -32 0 -36Z', s.tone('#b08a3c', 0.2)),
    path('M-20 -56Q-16 -62 -9 -68L-7 -94L-5 -94L-6 -66Q-14 -58 -18 -48Z', '#ffffff', 'fill-opacity=".4"'),
    rect(-21, -12, 3, 9, '#ffffff', 'fill-opacity=".35" rx="1.5"'),
  ].join('');
}
