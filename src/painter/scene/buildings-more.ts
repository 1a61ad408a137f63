import { ellipse, line, path, rect, type Sketch } from './sketch.js';

export function house(s: Sketch): string {
  const glass = s.light.lampsLit ? s.lit('#ffd88a') : s.tone('#8fb2c6', 0.4);
  const frame = s.tone('#f4efe6', 0.4);
  const pane = (x: number, y: number): string =>
    rect(x - 1.4, y - 1.4, 16.8, 20.8, frame) +
    rect(x, y, 14, 18, glass) +
    line(`M${x + 7} ${y}v18M${x} ${y + 9}h14`, frame, 1.2);
  return [
    rect(20, -98, 10, 30, s.round('#8d5a48', 20, 30)),
    rect(
      -44,
      -56,
      88,
      56,
      s.linear(-44, 0, 44, 0, [
        [0, s.own('#d9b98c', 0.8)],
        [0.6, s.own('#cfae82', 0)],
        [1, s.own('#b8966c', -0.8)],
      ]),
    ),
    path('M-52 -54L0 -98L52 -54L46 -51L0 -90L-46 -51Z', s.tone('#54616e', 0.3)),
    path(
      'M-44 -55L0 -92L44 -55Z',
      s.linear(-44, 0, 44, 0, [
        [0, s.own('#dfc296', 0.7)],
        [1, s.own('#b8966c', -0.6)],
      ]),
    ),
    s.light.snowy ? path('M-54 -54L0 -101L54 -54L48 -54L0 -94L-48 -54Z', s.tone('#f4f7fb', 0.5)) : '',
    ellipse(0, -66, 6, 6, frame) + ellipse(0, -66, 4.6, 4.6, glass),
    pane(-34, -42),
    pane(20, -42),
    rect(-8, -36, 16, 36, s.tone('#7d3f2f')) +
      line('M-8 0V-36H8V0', frame, 1.6) +
      rect(-11, -2, 22, 2, s.tone('#9b948a')),
  ].join('');
}

export function church(s: Sketch): string {
  const glass = s.light.lampsLit ? s.lit('#ffd27a') : s.tone('#44566b', 0.2);
  const arch = (x: number, y: number): string =>
    path(`M${x - 2.6} ${y}V${y - 8}Q${x} ${y - 13} ${x + 2.6} ${y - 8}V${y}Z`, glass);
  return [
    rect(
      -4,
      -36,
      44,
      36,
      s.linear(-4, 0, 40, 0, [
        [0, s.own('#e9e0cf', 0.4)],
        [1, s.own('#d5c8b0', -0.7)],
      ]),
    ),
    path(
      'M-8 -35L6 -54L34 -54L44 -35Z',
      s.linear(0, -54, 0, -35, [
        [0, s.tone('#7d4a3a', 0.5)],
        [1, s.tone('#63382c', -0.3)],
      ]),
    ),
    rect(-26, -62, 22, 62, s.round('#efe7d8', -26, -4)),
    path(
      'M-29 -61L-15 -92L-1 -61Z',
      s.linear(-29, 0, -1, 0, [
        [0, s.tone('#6d7a86', 0.8)],
        [1, s.tone('#3e4852', -0.7)],
      ]),
    ),
    line('M-15 -92V-102M-18.5 -98H-11.5', s.tone('#d9b05a', 0.4), 1.2),
    arch(-15, -40),
    arch(4, -12),
    arch(16, -12),
    arch(28, -12),
    ellipse(-15, -25, 4.4, 4.4, s.tone('#f7f3e6', 0.4)) +
      line('M-15 -25V-28M-15 -25L-13 -24', s.tone('#2b2b2b'), 0.7),
    path('M-19.5 0V-10Q-15 -16 -10.5 -10V0Z', s.tone('#5b3a28')),
    s.light.snowy
      ? path('M-9 -35L6 -56L34 -56L45 -35Q30 -39 16 -36Q4 -40 -9 -35Z', s.tone('#f4f7fb', 0.5))
      : '',
  ].join('');
}

export function temple(s: Sketch): string {
  const marble = '#e6dcc8';
  const columns = Array.from({ length: 6 }, (_unused, index) => {
    const x = -38 + index * 15.2;
    return (
      rect(x - 4.2, -12, 8.4, 3, s.tone(marble, 0.2)) +
      path(`M${x - 3.6} -12L${x + 3.6} -12L${x + 2.9} -56L${x - 2.9} -56Z`, s.round(marble, x - 4, x + 4)) +
      line(`M${x - 1.2} -13V-55M${x + 1.2} -13V-55`, s.tone('#a2957c', -0.4), 0.4) +
      rect(x - 4.4, -59, 8.8, 3.4, s.tone(marble, 0.5))
    );
  });
  return [
    rect(-56, -4, 112, 4, s.tone(marble, 0.1)),
    rect(-52, -8, 104, 4, s.tone(marble, 0.35)),
    rect(-48, -12, 96, 4, s.tone(marble, 0.6)),
    rect(-38, -56, 76, 44, s.tone('#6b5f50', -0.7)),
    columns.join(''),
    rect(
      -46,
      -67,
      92,
      8,
      s.linear(-46, 0, 46, 0, [
        [0, s.tone(marble, 0.8)],
        [1, s.tone(marble, -0.5)],
      ]),
    ),
    ...Array.from({ length: 11 }, (_unused, index) =>
      rect(-44 + index * 8.2, -66, 3, 6, s.tone('#b7aa90', -0.3)),
    ),
    path(
      'M-50 -67L0 -90L50 -67Z',
      s.linear(-50, 0, 50, 0, [
        [0, s.tone(marble, 0.9)],
        [1, s.tone(marble, -0.5)],
      ]),
    ),
    path('M-38 -69L0 -86L38 -69Z', s.tone('#a99d86', -0.3)),
  ].join('');
}

export function tower(s: Sketch): string {
  const glass = s.light.lampsLit ? s.lit('#ffd27a') : s.tone('#3d4a58', 0.1);
  return [
    rect(-13, -70, 26, 70, s.round('#b39a7c', -13, 13)),
    ...Array.from({ length: 12 }, (_unused, row) =>
      line(
        `M-12.6 ${-5 - row * 5.4}H12.6`,
        s.tone('#7f6b54', -0.3),
        0.4,
        `stroke-dasharray="${4 + (row % 3)} 2" stroke-opacity=".6"`,
      ),
    ),
    rect(-15, -74, 30, 4, s.tone('#c9b090', 0.4)),
    rect(-12, -90, 24, 16, s.round('#c0a686', -12, 12)),
    ellipse(0, -82, 6.4, 6.4, s.tone('#f7f2e2', 0.6)) +
      line('M0 -82V-86.4M0 -82L3.2 -80.6', s.tone('#20242a'), 0.9),
    rect(-14, -93, 28, 3.4, s.tone('#c9b090', 0.4)),
    path(
      'M-15 -93L0 -116L15 -93Z',
      s.linear(-15, 0, 15, 0, [
        [0, s.own('#55707a', 0.9)],
        [1, s.own('#33464e', -0.8)],
      ]),
    ),
    line('M0 -116V-123', s.tone('#d9b05a', 0.5), 1),
    path('M-4 0V-10Q0 -15 4 -10V0Z', s.tone('#4b3022')),
    ...[-24, -42, -60].map((y) => path(`M-2.2 ${y}v-6q2.2 -4 4.4 0v6Z`, glass)),
  ].join('');
}

export function skyscraper(s: Sketch): string {
  const night = s.light.lampsLit;
  const panes: string[] = [];
  for (let row = 0; row < 30; row++) {
    for (let column = 0; column < 7; column++) {
      const lit = night && s.random.chance(0.55);
      const x = -15.4 + column * 4.5;
      panes.push(
        rect(
          x,
          -94 + row * 3,
          3.3,
          2,
          lit ? s.lit(s.random.chance(0.8) ? '#ffe2a0' : '#bfe4ff') : s.tone('#6f97b5', 0.5 - column * 0.18),
        ),
      );
    }
  }
  return [
    rect(
      -17,
      -97,
      34,
      97,
      s.linear(-17, 0, 17, 0, [
        [0, s.own('#7d93a8', 0.7)],
        [1, s.own('#46586c', -0.7)],
      ]),
    ),
    panes.join(''),
    rect(-11, -103, 22, 6, s.own('#5c6f82', 0)),
    line('M0 -103V-124', s.tone('#59636e'), 1.2),
    night ? ellipse(0, -124, 1.4, 1.4, '#ff4a3d') : '',
  ].join('');
}
