import { ellipse, line, path, rect, type Sketch } from './sketch.js';

/** Boats float on y = 0 and are a hundred units tall. */
export function sailboat(s: Sketch): string {
  const hull = (shade: number): string => s.own('#a8402c', shade);
  const coloured = s.colour !== undefined;
  const cloth = (shade: number): string => (coloured ? s.own('#f4efe4', shade) : s.tone('#f6f0e4', shade));
  return [
    path(
      'M-30 -9Q-26 1 -14 2L18 2Q29 1 35 -12Q4 -7 -30 -9Z',
      s.linear(0, -12, 0, 2, [
        [0, hull(0.8)],
        [0.45, hull(0.1)],
        [1, hull(-0.9)],
      ]),
    ),
    line('M-30 -9Q4 -7 35 -12', s.tone('#f4ead6', 0.6), 1.5),
    line('M-28 -5.6Q4 -3.6 31 -7.6', s.tone('#f4ead6', 0.2), 0.7),
    path('M-14 -9.4L-10 -14L8 -14.4L12 -9.2Z', s.tone('#e9dcc2', 0.3)),
    rect(-8, -12.8, 5, 2.2, s.tone('#3c4f5c'), 'rx=".6"') +
      rect(0, -12.9, 5, 2.2, s.tone('#3c4f5c'), 'rx=".6"'),
    line('M2 -9V-99', s.tone('#6a4a30', 0.2), 1.6),
    line('M2 -16L-27 -14', s.tone('#6a4a30', 0), 1.4),
    path(
      'M0.6 -97Q-4 -56 -28 -16Q-12 -19 0.6 -18Z',
      s.linear(-28, 0, 2, 0, [
        [0, cloth(0.9)],
        [0.55, cloth(0.45)],
        [1, cloth(-0.5)],
      ]),
    ),
    line(
      'M-6.4 -75L0.6 -76M-13 -52L0.6 -53M-20.5 -33L0.6 -34',
      s.tone('#9a8d78', -0.2),
      0.5,
      'stroke-opacity=".7"',
    ),
    path(
      'M3.4 -90Q9 -56 31 -15Q16 -20 3.6 -19Z',
      s.linear(3, 0, 31, 0, [
        [0, cloth(0.35)],
        [0.5, cloth(-0.1)],
        [1, cloth(-0.7)],
      ]),
    ),
    path('M2 -99l8 2.6l-8 2.4Z', s.own('#c33b32', 0.4)),
  ].join('');
}

export function rowboat(s: Sketch): string {
  const wood = (shade: number): string => s.own('#8a5a36', shade);
  return [
    path(
      'M-92 -50Q-70 4 -34 8L44 8Q78 4 98 -56Q60 -36 0 -36Q-56 -36 -92 -50Z',
      s.linear(0, -52, 0, 8, [
        [0, wood(0.8)],
        [0.5, wood(0)],
        [1, wood(-0.9)],
      ]),
    ),
    path('M-92 -50Q-56 -36 0 -36Q60 -36 98 -56Q60 -52 0 -52Q-56 -50 -92 -50Z', s.tone('#3e2a1c', -0.5)),
    line('M-92 -50Q-56 -36 0 -36Q60 -36 98 -56', wood(0.9), 5),
    line('M-84 -34Q-50 -22 0 -22Q56 -22 90 -38', wood(-0.5), 2),
    line('M-72 -18Q-40 -8 0 -8Q46 -8 78 -20', wood(-0.7), 2),
    rect(-40, -48, 20, 10, wood(0.4)),
    rect(24, -49, 20, 10, wood(0.3)),
    line('M-10 -46L-70 12', s.tone('#c49a6c', 0.3), 4),
    path('M-66 6L-84 20L-76 24L-62 12Z', s.tone('#c49a6c', 0.3)),
  ].join('');
}

export function ship(s: Sketch): string {
  const hull = (shade: number): string => s.own('#5a3826', shade);
  const sail = (x: number, y: number, w: number, h: number): string =>
    path(
      `M${x - w / 2} ${y}Q${x} ${y + 3} ${x + w / 2} ${y}Q${x + w / 2 + 5} ${y + h * 0.6} ${x + w / 2 + 1} ${y + h}Q${x} ${y + h - 5} ${x - w / 2 - 1} ${y + h}Q${x - w / 2 + 4} ${y + h * 0.5} ${x - w / 2} ${y}Z`,
      s.linear(x - w / 2, 0, x + w / 2, 0, [
        [0, s.tone('#f5ecd8', 0.9)],
        [0.6, s.tone('#eadfc6', 0.2)],
        [1, s.tone('#cfc2a6', -0.6)],
      ]),
    ) + line(`M${x - w / 2 - 1} ${y}H${x + w / 2 + 1}`, s.tone('#4a3423'), 1.1);
  const mast = (x: number, top: number): string => line(`M${x} -16V${top}`, s.tone('#4a3423', 0.1), 1.7);
  const ports = Array.from({ length: 8 }, (_unused, index) =>
    rect(-32 + index * 9, -11.4, 3.2, 3, s.light.lampsLit ? s.lit('#ffcf78') : s.tone('#1f1712')),
  ).join('');
  return [
    mast(-24, -78),
    mast(4, -98),
    mast(30, -80),
    line('M44 -18L68 -32', s.tone('#4a3423'), 1.6),
    line('M4 -97L66 -32M-24 -77L-46 -22M30 -80L48 -18M4 -97L-20 -18', s.tone('#3a2c22'), 0.35),
    sail(-24, -74, 19, 17),
    sail(-24, -54, 25, 26),
    sail(4, -94, 20, 16),
    sail(4, -75, 27, 22),
    sail(4, -50, 33, 26),
    sail(30, -76, 18, 16),
    sail(30, -57, 25, 28),
    path('M47 -24L64 -32L36 -62Q42 -40 47 -24Z', s.tone('#efe4cc', 0.1)),
    path(
      'M-50 -28L-44 -28L-40 -18Q0 -13 50 -21Q44 -2 34 3L-38 3Q-48 -6 -50 -28Z',
      s.linear(0, -28, 0, 3, [
        [0, hull(0.7)],
        [0.5, hull(0)],
        [1, hull(-0.9)],
      ]),
    ),
    line('M-42 -17Q0 -12 50 -20', s.tone('#d6a850', 0.3), 1.3),
    line('M-45 -7.6Q0 -3 44 -9', s.tone('#d6a850', -0.2), 0.8),
    ports,
    path('M4 -98l9 2.5l-9 2.5Z', s.own('#b93a34', 0.3)) + path('M-24 -78l7 2l-7 2Z', s.own('#b93a34', 0.2)),
  ].join('');
}

export function swan(s: Sketch): string {
  const white = (shade: number): string => s.own('#f6f4ee', shade);
  return [
    path(
      'M-58 -14Q-70 -34 -88 -40Q-62 -46 -42 -36Q-10 -48 26 -28Q34 -40 28 -56Q16 -70 26 -86Q36 -98 50 -90Q58 -84 55 -77Q44 -84 38 -74Q36 -66 44 -50Q52 -32 44 -14Q34 2 0 3Q-44 3 -58 -14Z',
      s.linear(0, -80, 0, 4, [
        [0, white(0.9)],
        [0.6, white(0.4)],
        [1, white(-0.7)],
      ]),
    ),
    path(
      'M-46 -18Q-64 -30 -80 -34Q-50 -50 -18 -40Q10 -34 24 -18Q0 -2 -46 -18Z',
      s.linear(0, -44, 0, -6, [
        [0, white(1)],
        [1, white(-0.35)],
      ]),
    ),
    line('M-60 -30Q-30 -22 4 -16M-46 -37Q-20 -30 14 -22', s.tone('#b9bcc4', -0.1), 1.4),
    path('M53 -88Q66 -84 68 -77Q60 -76 52 -78Z', s.tone('#e4882e', 0.4)),
    path('M49 -91Q56 -89 57 -83L52 -80Q46 -84 49 -91Z', s.tone('#23211f', 0)),
    ellipse(46.5, -85.5, 1.6, 1.6, s.tone('#15130f')),
  ].join('');
}
