import { css, hsl } from '../colour.js';
import { ellipse, line, path, rect, type Sketch } from './sketch.js';

/** Table-top things stand on (0, 0), seen slightly from above, light from the left. */
export function cup(s: Sketch): string {
  const china = (shade: number): string => s.own('#f3efe6', shade);
  return [
    ellipse(
      0,
      -6,
      86,
      19,
      s.linear(-86, 0, 86, 0, [
        [0, china(0.7)],
        [0.5, china(0.3)],
        [1, china(-0.6)],
      ]),
    ),
    ellipse(
      0,
      -9,
      86,
      18,
      s.linear(-86, 0, 86, 0, [
        [0, china(0.9)],
        [1, china(-0.1)],
      ]),
    ),
    ellipse(
      0,
      -10,
      58,
      11,
      s.linear(-58, 0, 58, 0, [
        [0, china(-0.5)],
        [1, china(0.4)],
      ]),
    ),
    path(
      'M46 -72C86 -82 98 -50 74 -34C62 -26 46 -24 38 -22L42 -32C56 -34 66 -38 70 -48C74 -62 62 -66 46 -60Z',
      s.linear(40, 0, 92, 0, [
        [0, china(-0.4)],
        [0.6, china(0.3)],
        [1, china(-0.5)],
      ]),
    ),
    path(
      'M-54 -86C-54 -40 -42 -12 -24 -10Q0 -5 24 -10C42 -12 54 -40 54 -86Z',
      s.linear(-54, 0, 54, 0, [
        [0, china(0.45)],
        [0.25, china(0.95)],
        [0.6, china(0.1)],
        [1, china(-0.8)],
      ]),
    ),
    ellipse(0, -86, 54, 13, china(0.85)),
    ellipse(0, -85.4, 49.5, 10.8, s.tone('#8a7a68', -0.2)),
    ellipse(
      0,
      -84,
      47,
      9.4,
      s.linear(-47, 0, 47, 0, [
        [0, s.tone('#6a3f20', 0.5)],
        [0.6, s.tone('#3e2210', 0)],
        [1, s.tone('#2a160a', -0.4)],
      ]),
    ),
    ellipse(0, -84, 26, 5.2, 'none', `stroke="${s.tone('#c99a68', 0.4)}" stroke-width="2.4"`),
    path('M0 -79Q-16 -84 -7 -87Q0 -88 0 -85Q0 -88 7 -87Q16 -84 0 -79Z', s.tone('#e2bd8c', 0.4)),
    path('M-46 -74C-46 -46 -38 -24 -28 -18C-36 -34 -38 -54 -38 -76Z', '#ffffff', 'fill-opacity=".4"'),
    line('M-53 -80Q0 -64 53 -80', s.own('#9aa7b5', 0), 1, 'stroke-opacity=".5"'),
  ].join('');
}

/** Steam rises above a cup; drawn apart, because it is light rather than matter. */
export function steam(s: Sketch): string {
  const wisp = (x: number, tall: number, sway: number, opacity: number): string =>
    path(
      `M${x} -94C${x - sway} ${-94 - tall * 0.3} ${x + sway} ${-94 - tall * 0.5} ${x} ${-94 - tall * 0.75}C${x - sway * 0.6} ${-94 - tall * 0.88} ${x + 2} ${-94 - tall} ${x + sway * 0.4} ${-94 - tall * 1.1}C${x + 8} ${-94 - tall * 0.92} ${x + 14} ${-94 - tall * 0.8} ${x + 10} ${-94 - tall * 0.66}C${x + 14 + sway} ${-94 - tall * 0.45} ${x - sway + 12} ${-94 - tall * 0.28} ${x + 8} -94Z`,
      s.linear(0, -94, 0, -94 - tall * 1.1, [
        [0, '#ffffff00'],
        [0.35, '#ffffff70'],
        [1, '#ffffff00'],
      ]),
      `fill-opacity="${opacity}"`,
    );
  return wisp(-18, 90, 14, 0.6) + wisp(4, 116, -16, 0.7) + wisp(22, 84, 12, 0.5);
}

export function book(s: Sketch): string {
  const paper = (shade: number): string => s.tone('#f3ead6', shade);
  const cover = (shade: number): string => s.own('#7c3a2b', shade);
  const lines: string[] = [];
  for (let row = 0; row < 12; row++) {
    const y = -70 + row * 4.6;
    const spread = 1 + row * 0.022;
    for (const side of [-1, 1]) {
      const long = row % 5 === 4 ? 0.62 : 1;
      lines.push(
        `M${side > 0 ? 22 * spread : -128 * spread} ${y + (side > 0 ? 0 : 2.6)}Q${side * 72 * spread} ${y - 4} ${side > 0 ? 22 * spread + 106 * long * spread : -128 * spread + 106 * long * spread} ${y + (side > 0 ? 2.6 : 0)}`,
      );
    }
  }
  return [
    path('M-176 2L-140 -82L140 -82L176 2Q90 8 0 6Q-90 8 -176 2Z', cover(-0.2)),
    path('M-170 -6L-136 -80Q-70 -100 0 -80L0 2Q-80 -20 -170 -6Z', s.tone('#cfc2a4', -0.4)),
    path('M170 -6L136 -80Q70 -100 0 -80L0 2Q80 -20 170 -6Z', s.tone('#cfc2a4', -0.5)),
    path(
      'M-168 -11L-136 -84Q-66 -104 0 -82L0 -3Q-82 -28 -168 -11Z',
      s.linear(-168, 0, 0, 0, [
        [0, paper(0.9)],
        [0.75, paper(0.5)],
        [1, paper(-0.7)],
      ]),
    ),
    path(
      'M168 -11L136 -84Q66 -104 0 -82L0 -3Q82 -28 168 -11Z',
      s.linear(0, 0, 168, 0, [
        [0, paper(-0.5)],
        [0.25, paper(0.85)],
        [1, paper(0.3)],
      ]),
    ),
    line(
      lines.join(''),
      s.tone('#4a4238', 0),
      1.25,
      'stroke-opacity=".55" stroke-dasharray="9 2.4 14 2.6 6 2.2"',
    ),
    line(
      'M-168 -8Q-82 -24 0 0M168 -8Q82 -24 0 0M-169 -5Q-82 -20 0 2M169 -5Q82 -20 0 2',
      s.tone('#a89a7c', -0.2),
      0.7,
    ),
    path('M8 -82Q14 -40 10 0L18 22L12 18L6 24L2 0Q6 -40 0 -82Z', s.tone('#b3392f', 0.2)),
  ].join('');
}

export function teapot(s: Sketch): string {
  const clay = (shade: number): string => s.own('#3f7f86', shade);
  return [
    path(
      'M-46 -56C-88 -78 -98 -30 -52 -16L-48 -24C-80 -36 -74 -60 -48 -47Z',
      s.linear(-92, 0, -44, 0, [
        [0, clay(0.6)],
        [1, clay(-0.4)],
      ]),
    ),
    path(
      'M44 -42C66 -44 66 -72 86 -82L94 -76C84 -60 76 -28 42 -18Z',
      s.linear(44, -60, 90, -40, [
        [0, clay(0.5)],
        [1, clay(-0.7)],
      ]),
    ),
    path(
      'M-54 -34C-56 -66 -34 -78 0 -78C34 -78 56 -66 54 -34C52 -10 30 0 0 0C-30 0 -52 -10 -54 -34Z',
      s.radial(-18, -54, 84, [
        [0, clay(1)],
        [0.35, clay(0.4)],
        [0.75, clay(-0.4)],
        [1, clay(-0.95)],
      ]),
    ),
    ellipse(0, -77, 26, 6, clay(-0.5)),
    path(
      'M-26 -78C-22 -92 22 -92 26 -78Q0 -72 -26 -78Z',
      s.linear(-26, 0, 26, 0, [
        [0, clay(0.9)],
        [1, clay(-0.7)],
      ]),
    ),
    ellipse(
      0,
      -94,
      6.4,
      6,
      s.radial(-2, -96, 8, [
        [0, clay(1)],
        [1, clay(-0.6)],
      ]),
    ),
    ellipse(-22, -56, 9, 14, '#ffffff', 'fill-opacity=".42" transform="rotate(24 -22 -56)"'),
    line('M-53 -30Q0 -14 53 -30', clay(-0.8), 1.2),
    line('M-50 -24Q0 -8 50 -24', s.tone('#e0c58a', 0.5), 1.4),
  ].join('');
}

export function vase(s: Sketch): string {
  const glaze = (shade: number): string => s.own('#3f6a9c', shade);
  const stems: string[] = [];
  const blooms: string[] = [];
  const spots = [
    [0, -92],
    [-20, -84],
    [21, -86],
    [-34, -68],
    [35, -70],
    [-9, -72],
    [12, -68],
    [-24, -58],
    [26, -56],
  ] as const;
  spots.forEach(([x, y], index) => {
    stems.push(`M${x * 0.14} -40Q${x * 0.4} ${y + 26} ${x} ${y}`);
    blooms.push(bloom(s, x, y, 8.6 + (index % 3) * 1.4, [352, 38, 18, 322, 46][index % 5] ?? 0));
  });
  const foliage = [-42, -30, -14, 16, 32, 44]
    .map(
      (x, index) =>
        `<g transform="translate(${x * 0.3} -44) rotate(${x * 1.35})">${path('M0 0Q8 -16 0 -34Q-8 -16 0 0Z', s.tone('#4c7a44', index % 2 === 0 ? 0.5 : -0.3))}${line('M0 -2V-30', s.tone('#2f5230', -0.2), 0.6)}</g>`,
    )
    .join('');
  return [
    line(stems.join(''), s.tone('#4d7540', 0), 1.5),
    foliage,
    path(
      'M-9 -42C-9 -34 -24 -30 -25 -16C-26 -5 -16 0 0 0C16 0 26 -5 25 -16C24 -30 9 -34 9 -42Z',
      s.linear(-25, 0, 25, 0, [
        [0, glaze(0.4)],
        [0.28, glaze(0.95)],
        [0.62, glaze(-0.1)],
        [1, glaze(-0.9)],
      ]),
    ),
    line('M-22.5 -22Q0 -16 22.5 -22M-24 -9Q0 -3 24 -9', s.tone('#f0ead8', 0.4), 1.1),
    line(
      'M-22 -15.5q4 -4 7.4 0q3.6 4 7.4 0q3.6 -4 7.4 0q3.6 4 7.4 0q3.6 -4 7.4 0q3 3 6.6 0',
      s.tone('#f0ead8', 0.5),
      0.9,
    ),
    ellipse(0, -42, 9, 2.2, glaze(-0.7)),
    ellipse(-11, -20, 2.6, 8, '#ffffff', 'fill-opacity=".45"'),
    blooms.join(''),
  ].join('');
}

/** A rose-like flower head of overlapping petals. */
export function bloom(s: Sketch, x: number, y: number, radius: number, hue: number): string {
  const petals: string[] = [];
  for (let ring = 0; ring < 3; ring++) {
    const count = 7 - ring;
    for (let petal = 0; petal < count; petal++) {
      const angle = (petal / count) * 360 + ring * 26 + s.random.range(-8, 8);
      const reach = radius * (0.72 - ring * 0.24);
      const shade = 0.5 - Math.cos(((angle + 40) * Math.PI) / 180) * 0.45 - (2 - ring) * 0.12;
      petals.push(
        `<g transform="translate(${x} ${y}) rotate(${angle})">${ellipse(0, -reach, radius * (0.46 - ring * 0.07), radius * (0.5 - ring * 0.1), css(s.light.tone(s.colour ?? hsl(hue, 0.68, 0.5 + ring * 0.07), shade)))}</g>`,
      );
    }
  }
  return (
    petals.join('') + ellipse(x, y, radius * 0.22, radius * 0.22, css(s.light.tone(hsl(44, 0.8, 0.55), 0.4)))
  );
}

export function flower(s: Sketch): string {
  const leaf = (x: number, y: number, turn: number): string =>
    `<g transform="translate(${x} ${y}) rotate(${turn})">${path(
      'M0 0Q13 -14 2 -36Q-12 -16 0 0Z',
      s.linear(-8, 0, 8, 0, [
        [0, s.tone('#6d9c4a', 0.7)],
        [1, s.tone('#40702f', -0.4)],
      ]),
    )}${line('M0 -1Q3 -18 2 -32', s.tone('#35602a', -0.2), 0.8)}</g>`;
  return (
    line('M0 0Q-5 -30 0 -66', s.tone('#4d7d3c', 0.1), 3.4) +
    leaf(-1, -22, -56) +
    leaf(-2, -34, 48) +
    leaf(-1, -10, 64) +
    bloom(s, 0, -78, 27, 350)
  );
}

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
