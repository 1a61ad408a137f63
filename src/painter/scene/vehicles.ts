import { ellipse, line, path, rect, type Sketch } from './sketch.js';

function wheel(s: Sketch, x: number, y: number, r: number): string {
  return (
    ellipse(x, y, r, r, s.tone('#1c1d20', -0.3)) +
    ellipse(
      x,
      y,
      r * 0.62,
      r * 0.62,
      s.linear(x - r, 0, x + r, 0, [
        [0, s.tone('#d9dde2', 0.8)],
        [1, s.tone('#7c838b', -0.4)],
      ]),
    ) +
    ellipse(x, y, r * 0.2, r * 0.2, s.tone('#33373d')) +
    line(
      [0, 1, 2, 3, 4]
        .map((n) => `M${x} ${y}l${Math.cos(n * 1.257) * r * 0.56} ${Math.sin(n * 1.257) * r * 0.56}`)
        .join(''),
      s.tone('#555b63', -0.1),
      r * 0.09,
    )
  );
}

export function car(s: Sketch): string {
  const body = (shade: number): string => s.own('#b8322c', shade);
  const glass = s.linear(0, -88, 0, -48, [
    [0, s.tone('#bcd6e4', 0.8)],
    [1, s.tone('#5d7c90', 0)],
  ]);
  return [
    path(
      'M-132 -14L-130 -44C-120 -52 -96 -54 -84 -56L-54 -86C-40 -96 34 -96 50 -88L84 -56C112 -52 128 -46 132 -34L132 -14Q0 -8 -132 -14Z',
      s.linear(0, -94, 0, -10, [
        [0, body(1)],
        [0.35, body(0.5)],
        [0.55, body(0.1)],
        [1, body(-0.9)],
      ]),
    ),
    path('M-72 -56L-48 -82Q-34 -88 -8 -88L-8 -54Z', glass),
    path('M0 -88Q34 -88 44 -83L70 -56L0 -54Z', glass),
    line('M-4 -88V-18M-118 -38Q0 -46 128 -36', body(-0.8), 1.6, 'stroke-opacity=".7"'),
    line('M-128 -46Q-100 -54 -84 -54Q0 -50 86 -54Q110 -50 126 -44', body(1), 1.8, 'stroke-opacity=".6"'),
    path('M116 -44Q130 -42 131 -34L116 -33Z', s.light.lampsLit ? '#fff6cf' : s.tone('#f4efdc', 0.7)),
    path('M-130 -44L-118 -43L-118 -34L-131 -34Z', s.light.lampsLit ? '#ff4a3a' : s.tone('#a62a22', 0.2)),
    rect(-134, -20, 268, 8, s.tone('#c9ced4', 0.2), 'rx="3"'),
    rect(12, -48, 14, 3, s.tone('#e3e6ea', 0.6), 'rx="1.5"'),
    rect(-58, -48, 14, 3, s.tone('#e3e6ea', 0.6), 'rx="1.5"'),
    path('M-104 -14A26 26 0 0 1 -52 -14Z', '#111215') + path('M56 -14A26 26 0 0 1 108 -14Z', '#111215'),
    wheel(s, -78, -19, 22),
    wheel(s, 82, -19, 22),
  ].join('');
}

export function train(s: Sketch): string {
  const iron = (shade: number): string => s.own('#2c3a36', shade);
  const brass = s.tone('#d0a048', 0.5);
  const boiler = s.linear(0, -72, 0, -28, [
    [0, iron(0.6)],
    [0.25, iron(1)],
    [0.6, iron(0)],
    [1, iron(-0.9)],
  ]);
  const coach = (x: number): string =>
    rect(
      x,
      -76,
      118,
      56,
      s.linear(0, -76, 0, -20, [
        [0, s.tone('#9c3b31', 0.7)],
        [1, s.tone('#7a2a24', -0.5)],
      ]),
      'rx="4"',
    ) +
    rect(x - 2, -82, 122, 8, s.tone('#55453c', 0.2), 'rx="4"') +
    [8, 34, 60, 86]
      .map((w) =>
        rect(x + w, -66, 20, 20, s.light.lampsLit ? s.lit('#ffdf96') : s.tone('#a9c4cf', 0.4), 'rx="2"'),
      )
      .join('') +
    line(`M${x} -38h118`, brass, 1.8) +
    wheel(s, x + 24, -12, 11) +
    wheel(s, x + 94, -12, 11);
  const puffs = Array.from({ length: 9 }, (_unused, n) =>
    ellipse(
      96 - n * 24 - n * n * 1.5,
      -112 - n * 7,
      13 + n * 5,
      11 + n * 4,
      s.tone('#eceae6', 0.4 - n * 0.05),
      `fill-opacity="${0.75 - n * 0.07}"`,
    ),
  ).join('');
  return [
    line('M-330 1H180', s.tone('#5f5a55'), 3),
    line('M-330 5H180', s.tone('#5b4432'), 4, 'stroke-dasharray="10 12"'),
    puffs,
    coach(-290),
    coach(-160),
    rect(
      -34,
      -84,
      46,
      62,
      s.linear(-34, 0, 12, 0, [
        [0, iron(0.6)],
        [1, iron(-0.3)],
      ]),
      'rx="3"',
    ),
    rect(-40, -92, 58, 9, iron(0.3), 'rx="4"'),
    rect(-26, -74, 26, 22, s.light.lampsLit ? s.lit('#ffdf96') : s.tone('#a9c4cf', 0.4), 'rx="3"'),
    rect(8, -72, 112, 44, boiler, 'rx="9"'),
    ...[34, 62, 90].map((x) => rect(x, -72, 3.4, 44, brass)),
    path('M92 -72L90 -100L84 -106L112 -106L106 -100L104 -72Z', iron(0.3)),
    path('M54 -72Q56 -88 64 -88Q72 -88 74 -72Z', brass),
    ellipse(121, -50, 5, 20, iron(-0.3)),
    ellipse(126, -64, 7, 7, s.light.lampsLit ? '#fff3c4' : s.tone('#e8dfc0', 0.6)),
    rect(-34, -30, 158, 10, s.own('#a5352b', 0.2), 'rx="2"'),
    path('M118 -24L150 0L112 0Z', s.own('#a5352b', 0)),
    wheel(s, -12, -16, 16),
    wheel(s, 28, -16, 16),
    wheel(s, 66, -16, 16),
    wheel(s, 100, -11, 11),
    line('M-12 -14H66', s.tone('#c9ced4', 0.6), 3.4),
  ].join('');
}

export function bicycle(s: Sketch): string {
  const frame = s.own('#1f7f83', 0.4);
  const tyre = s.tone('#1c1d20', 0);
  const ring = (x: number): string =>
    ellipse(x, -32, 31, 31, 'none', `stroke="${tyre}" stroke-width="4"`) +
    ellipse(x, -32, 28, 28, 'none', `stroke="${s.tone('#c9ced4', 0.5)}" stroke-width="1.4"`) +
    line(
      Array.from(
        { length: 14 },
        (_unused, n) =>
          `M${x} -32l${(Math.cos((n * Math.PI) / 7) * 28).toFixed(1)} ${(Math.sin((n * Math.PI) / 7) * 28).toFixed(1)}`,
      ).join(''),
      s.tone('#aab0b6', 0.2),
      0.5,
    );
  return [
    ring(-52),
    ring(52),
    line('M-52 -32L-22 -78L34 -80L-4 -32L-52 -32M-22 -78L-4 -32M52 -32L32 -88', frame, 4.4),
    line('M-24 -82L-28 -92', s.tone('#8d949b'), 3),
    path('M-44 -94Q-30 -99 -12 -94Q-14 -89 -28 -89Q-42 -88 -44 -94Z', s.tone('#5b3a24', 0.2)),
    line('M32 -88L30 -98C34 -104 48 -104 54 -96', s.tone('#8d949b', 0.4), 3),
    line('M50 -97L57 -93', s.tone('#5b3a24', 0.1), 4.4),
    ellipse(-4, -32, 8, 8, 'none', `stroke="${s.tone('#8d949b', 0.2)}" stroke-width="2.4"`),
    line('M-4 -32L4 -18M-4 -32L-12 -46', s.tone('#6f767d'), 2.4),
    line('M0 -17H9M-16 -47H-8', tyre, 3),
    path('M56 -82L84 -82L80 -62L60 -62Z', s.tone('#a8743f', 0.2)) +
      line('M57 -76H83M58 -70H82', s.tone('#6b4526', -0.2), 1),
  ].join('');
}

export function rocket(s: Sketch): string {
  const hull = (shade: number): string => s.own('#f1efe9', shade);
  const trim = (shade: number): string => s.tone(s.colour === undefined ? '#d4402f' : '#f0e6d2', shade);
  return [
    path(
      'M-9 -8C-14 14 -6 24 0 44C6 24 14 14 9 -8Z',
      s.linear(0, -8, 0, 44, [
        [0, '#fff3b0'],
        [0.3, '#ffc24a'],
        [0.7, '#ff7a2a'],
        [1, '#ff4a1a00'],
      ]),
    ),
    path('M-5 -8C-7 6 -3 12 0 24C3 12 7 6 5 -8Z', '#fffbe0'),
    path(
      'M-15 -38C-32 -28 -36 -10 -34 2C-28 -8 -20 -12 -12 -12Z',
      s.linear(-36, 0, -12, 0, [
        [0, trim(0.8)],
        [1, trim(-0.1)],
      ]),
    ),
    path(
      'M15 -38C32 -28 36 -10 34 2C28 -8 20 -12 12 -12Z',
      s.linear(12, 0, 36, 0, [
        [0, trim(0)],
        [1, trim(-0.8)],
      ]),
    ),
    path(
      'M-10 -9L10 -9L12 -2L-12 -2Z',
      s.linear(-12, 0, 12, 0, [
        [0, s.tone('#8d949c', 0.8)],
        [1, s.tone('#4b5159', -0.6)],
      ]),
    ),
    path(
      'M0 -118C18 -98 22 -70 19 -44C18 -28 14 -16 11 -8L-11 -8C-14 -16 -18 -28 -19 -44C-22 -70 -18 -98 0 -118Z',
      s.linear(-20, 0, 20, 0, [
        [0, hull(0.5)],
        [0.3, hull(1)],
        [0.6, hull(0.2)],
        [1, hull(-0.85)],
      ]),
    ),
    path(
      'M0 -118C9 -108 14.6 -96 17 -84Q0 -78 -17 -84C-14.6 -96 -9 -108 0 -118Z',
      s.linear(-17, 0, 17, 0, [
        [0, trim(0.6)],
        [0.3, trim(0.95)],
        [1, trim(-0.8)],
      ]),
    ),
    path('M-18.6 -40Q0 -34 18.6 -40L17.6 -33Q0 -27 -17.6 -33Z', trim(0)),
    ellipse(0, -62, 9.6, 9.6, s.tone('#8d949c', 0.4)),
    ellipse(
      0,
      -62,
      7.2,
      7.2,
      s.radial(-2, -64, 10, [
        [0, '#bfeaff'],
        [0.6, '#4a9fd0'],
        [1, '#1f4f7c'],
      ]),
    ),
    path('M-4.6 -65Q-2 -68.6 2 -67.8Q-2 -66 -4.6 -62Z', '#ffffff', 'fill-opacity=".8"'),
    path('M-2.6 -36L2.6 -36L2.6 6L0 11L-2.6 6Z', trim(-0.3)),
  ].join('');
}
