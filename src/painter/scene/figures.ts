import { css, hsl } from '../colour.js';
import { ellipse, line, path, rect, type Sketch } from './sketch.js';

export function person(s: Sketch): string {
  const hue = s.random.range(0, 360);
  const cloth = s.colour ?? hsl(hue, 0.42, 0.45);
  const skin = s.tone(s.random.pick(['#e3b590', '#c98d63', '#8d5a3c', '#f0c9a6']), 0.3);
  const hair = s.tone(s.random.pick(['#2b1d16', '#4a2f1c', '#15120f', '#7a5330']), 0.1);
  const coat = s.linear(-18, 0, 18, 0, [
    [0, s.tone(cloth, 0.8)],
    [0.45, s.tone(cloth, 0.2)],
    [1, s.tone(cloth, -0.7)],
  ]);
  return [
    path('M-9 -36L-10 -4L-13 0L-3 0L-1 -34Z', s.tone('#2f3542', 0.1)),
    path('M9 -36L10 -4L13 0L3 0L1 -34Z', s.tone('#2f3542', -0.5)),
    path('M-13 -1.6h10.4v3h-12Z', s.tone('#3a2a20')) + path('M13 -1.6h-10.4v3h12Z', s.tone('#3a2a20', -0.4)),
    path('M-13 -78C-20 -70 -21 -54 -19 -42L-15 -41C-15 -52 -13 -62 -11 -68Z', s.tone(cloth, 0.5)),
    path('M13 -78C20 -70 21 -54 19 -42L15 -41C15 -52 13 -62 11 -68Z', s.tone(cloth, -0.6)),
    ellipse(-17, -39.6, 2.6, 3.2, skin),
    ellipse(17, -39.6, 2.6, 3.2, skin),
    path('M-7 -83L7 -83C13 -82 15 -76 14 -66L16 -30Q0 -25 -16 -30L-14 -66C-15 -76 -13 -82 -7 -83Z', coat),
    line('M0 -82V-28', s.tone(cloth, -0.8), 0.8, 'stroke-opacity=".6"'),
    rect(-3, -87, 6, 6, skin),
    ellipse(0, -93, 7.6, 9, skin),
    path('M-8.6 -92C-10 -106 10 -106 8.6 -92C7 -98 2 -99 -2 -99C-6 -99 -7 -96 -8.6 -92Z', hair),
    path('M-6 -84Q0 -79 6 -84L5 -80Q0 -76 -5 -80Z', s.own('#b8433a', 0.5)),
    ellipse(-2.9, -92.4, 0.9, 1.1, '#1a1412'),
    ellipse(2.9, -92.4, 0.9, 1.1, '#1a1412'),
    line('M-2.2 -88Q0 -86.8 2.2 -88', css([120, 60, 50]), 0.7),
  ].join('');
}

export function robot(s: Sketch): string {
  const metal = (shade: number): string => s.own('#aab6c0', shade);
  const shine = (l: number, r: number): string =>
    s.linear(l, 0, r, 0, [
      [0, metal(0.4)],
      [0.25, metal(1)],
      [0.6, metal(0)],
      [1, metal(-0.85)],
    ]);
  const glow = s.lit('#5fe3ff');
  const joint = s.tone('#3b444d', 0);
  return [
    rect(-17, -26, 9, 22, shine(-17, -8), 'rx="3"'),
    rect(8, -26, 9, 22, shine(8, 17), 'rx="3"'),
    path('M-22 0Q-22 -7 -12 -7Q-4 -7 -4 0Z', metal(0)),
    path('M22 0Q22 -7 12 -7Q4 -7 4 0Z', metal(-0.4)),
    line('M-24 -56C-34 -52 -35 -42 -33 -34', joint, 5) + line('M24 -56C34 -52 35 -42 33 -34', joint, 5),
    path('M-38 -34q5 -5 10 0v7h-3v-4h-4v4h-3Z', metal(0.5)),
    path('M38 -34q-5 -5 -10 0v7h3v-4h4v4h3Z', metal(-0.3)),
    rect(-24, -62, 48, 38, shine(-24, 24), 'rx="8"'),
    rect(-15, -55, 30, 18, s.tone('#27313a'), 'rx="3"'),
    line('M-12 -46h5l3 -5l4 9l3 -6h9', glow, 1.3),
    ...[-9, -3, 3, 9].map((x, index) =>
      ellipse(x, -31, 1.7, 1.7, ['#ff6b5e', '#ffd166', '#69db7c', glow][index] ?? glow),
    ),
    rect(-5, -68, 10, 7, joint),
    rect(-23, -98, 46, 31, shine(-23, 23), 'rx="10"'),
    rect(-18, -92, 36, 18, s.tone('#161d24'), 'rx="8"'),
    ellipse(-8, -83, 4.6, 5, glow),
    ellipse(8, -83, 4.6, 5, glow),
    ellipse(-9.4, -84.6, 1.5, 1.6, '#ffffff'),
    ellipse(6.6, -84.6, 1.5, 1.6, '#ffffff'),
    line('M-4 -77Q0 -74.6 4 -77', glow, 1.1),
    rect(-27, -88, 4.4, 11, joint, 'rx="2"') + rect(22.6, -88, 4.4, 11, joint, 'rx="2"'),
    line('M0 -98V-107', joint, 1.6),
    ellipse(0, -109, 3, 3, s.lit('#ff6b5e')),
  ].join('');
}

export function bird(s: Sketch): string {
  const blue = (shade: number): string => s.own('#3f7fb8', shade);
  const breast = s.tone(s.colour === undefined ? '#d9743a' : '#f0e6d4', 0.3);
  return `<g transform="translate(0 46)">${[
    line('M-90 6C-40 -2 30 4 96 -6M40 0C60 -10 74 -22 84 -34', s.tone('#5b432f', 0), 5),
    path(
      'M-34 -20L-82 10L-76 18L-60 14L-22 -2Z',
      s.linear(-82, 0, -22, 0, [
        [0, blue(-0.5)],
        [1, blue(0.1)],
      ]),
    ),
    path(
      'M-40 -24C-34 -62 0 -66 12 -72C14 -92 46 -98 54 -76C60 -60 50 -48 46 -36C38 -10 10 2 -8 0C-28 -2 -40 -12 -40 -24Z',
      s.linear(0, -90, 0, 0, [
        [0, blue(0.8)],
        [0.6, blue(0.1)],
        [1, blue(-0.6)],
      ]),
    ),
    path('M50 -64C54 -40 36 -4 4 -1C18 -14 24 -34 30 -50C36 -58 44 -62 50 -64Z', breast),
    path(
      'M-44 -22C-34 -52 -6 -54 14 -48C10 -26 -14 -8 -52 2Q-50 -12 -44 -22Z',
      s.linear(-44, -48, 0, 0, [
        [0, blue(0.5)],
        [1, blue(-0.7)],
      ]),
    ),
    line(
      'M-40 -10C-20 -18 0 -30 8 -42M-44 -4C-24 -12 -6 -22 4 -34M-34 -24C-20 -32 -4 -42 6 -46',
      blue(-0.9),
      1.2,
      'stroke-opacity=".7"',
    ),
    path('M54 -80L74 -74L54 -70Z', s.tone('#3a332c', 0.2)),
    line('M54 -75L72 -74', '#15110e', 0.8),
    ellipse(42, -79, 4.4, 4.4, '#100c0a'),
    ellipse(40.6, -80.6, 1.4, 1.4, '#ffffff'),
    line('M4 -1L2 6M14 -4L14 5M2 6l-4 2M2 6l5 1M14 5l-4 2M14 5l5 1', s.tone('#4a3a2c'), 1.8),
  ].join('')}</g>`;
}

export function eagle(s: Sketch): string {
  const wing = (shade: number): string => s.own('#4d3726', shade);
  const feathers = (m: number): string =>
    [0, 1, 2, 3, 4, 5]
      .map((n) =>
        path(
          `M${m * (78 - n * 7)} ${-44 + n * 4}Q${m * (118 - n * 9)} ${-58 + n * 11} ${m * (136 - n * 11)} ${-46 + n * 13}Q${m * (112 - n * 8)} ${-40 + n * 9} ${m * (70 - n * 7)} ${-30 + n * 4}Z`,
          wing(m < 0 ? 0.2 - n * 0.1 : -0.2 - n * 0.1),
        ),
      )
      .join('');
  const arm = (m: number): string =>
    path(
      `M${m * 6} -8C${m * 24} -40 ${m * 56} -58 ${m * 86} -48C${m * 70} -30 ${m * 56} -10 ${m * 44} 0C${m * 30} 10 ${m * 16} 12 ${m * 8} 14Z`,
      s.linear(0, -54, 0, 12, [
        [0, wing(0.7)],
        [1, wing(-0.6)],
      ]),
    );
  return [
    feathers(-1),
    feathers(1),
    path('M-8 22L-18 48L0 42L18 48L8 22Z', s.tone('#f2ede2', 0.3)),
    arm(-1),
    arm(1),
    path('M-12 -8C-12 -24 12 -24 12 -8C12 14 8 28 0 32C-8 28 -12 14 -12 -8Z', wing(0)),
    path('M-9 -12C-10 -32 10 -32 9 -12Q0 -4 -9 -12Z', s.tone('#f6f2e8', 0.5)),
    path('M-3.4 -20Q0 -24 3.4 -20L0 -9Z', s.tone('#eab02e', 0.4)),
    ellipse(-4.6, -22, 1.2, 1.2, '#120e0a'),
    ellipse(4.6, -22, 1.2, 1.2, '#120e0a'),
  ].join('');
}

export function butterfly(s: Sketch): string {
  const wing = (shade: number): string => s.own('#e0762b', shade);
  const dark = s.tone('#20181a', 0);
  const half = (m: number): string => {
    const upper = `M${m * 3} -4C${m * 14} -44 ${m * 52} -58 ${m * 66} -44C${m * 72} -26 ${m * 50} 0 ${m * 4} 4Z`;
    const lower = `M${m * 4} 3C${m * 34} 0 ${m * 56} 14 ${m * 48} 34C${m * 42} 50 ${m * 26} 52 ${m * 20} 44C${m * 12} 34 ${m * 5} 18 ${m * 3} 8Z`;
    const spots = [
      [58, -42],
      [63, -34],
      [60, -25],
      [50, 22],
      [47, 32],
      [40, 41],
      [30, 45],
    ]
      .map(([x = 0, y = 0]) => ellipse(m * x, y, 1.9, 1.9, s.tone('#fbf3e2', 0.7)))
      .join('');
    return (
      path(
        upper,
        s.radial(m * 8, 0, 74, [
          [0, wing(0.9)],
          [0.7, wing(0.2)],
          [0.86, dark],
          [1, dark],
        ]),
        `stroke="${dark}" stroke-width="2"`,
      ) +
      path(
        lower,
        s.radial(m * 8, 6, 54, [
          [0, wing(1)],
          [0.68, wing(0.3)],
          [0.84, dark],
          [1, dark],
        ]),
        `stroke="${dark}" stroke-width="2"`,
      ) +
      line(
        `M${m * 4} -2Q${m * 26} -26 ${m * 52} -44M${m * 4} 0Q${m * 30} -18 ${m * 58} -26M${m * 5} 2Q${m * 30} -6 ${m * 50} -10M${m * 5} 5Q${m * 26} 14 ${m * 44} 22M${m * 4} 7Q${m * 20} 24 ${m * 32} 40`,
        dark,
        1.3,
        'stroke-opacity=".8"',
      ) +
      spots
    );
  };
  return `<g transform="rotate(-12)">${half(-1)}${half(1)}${path('M0 -14C4 -10 4 24 0 36C-4 24 -4 -10 0 -14Z', dark)}${ellipse(0, -16, 3.4, 3.8, dark)}${line('M-1 -19Q-8 -34 -15 -38M1 -19Q8 -34 15 -38', dark, 1)}</g>`;
}
