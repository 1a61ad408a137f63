import { ellipse, line, path, type Sketch } from './sketch.js';

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
