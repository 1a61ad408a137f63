import { css, mix } from '../colour.js';
import { ellipse, line, path, rect, type Sketch } from './sketch.js';

/** Hangs from (0, -60): the ribbed body is centred on the origin and gives its own light. */
export function paperLantern(s: Sketch): string {
  const lamp = s.light.lampsLit;
  const paper = s.colour ?? [214, 62, 40];
  const hot = css(mix(paper, [255, 226, 150], 0.82));
  const warm = css(mix(paper, [255, 150, 60], 0.42));
  const body = lamp
    ? s.radial(0, 8, 46, [
        [0, hot],
        [0.45, css(mix(paper, [255, 190, 90], 0.6))],
        [0.8, warm],
        [1, css(mix(paper, [40, 8, 4], 0.25))],
      ])
    : s.linear(-36, 0, 36, 0, [
        [0, s.tone(paper, 0.6)],
        [0.4, s.tone(paper, 0.95)],
        [1, s.tone(paper, -0.7)],
      ]);
  const wood = s.tone('#3a241a', 0);
  const ribs = [-32, -24, -16, -8, 0, 8, 16, 24, 32].map((y) => {
    const half = Math.sqrt(Math.max(0, 1 - (y / 44) ** 2)) * 37;
    return line(
      `M${-half} ${y}Q0 ${y + 6} ${half} ${y}`,
      css(mix(paper, [60, 10, 5], 0.45)),
      0.8,
      'stroke-opacity=".5"',
    );
  });
  return [
    line('M0 -120V-50', wood, 1.2),
    line('M0 -50a4 4 0 1 1 .1 0', s.tone('#d0a24e', 0.4), 1.4),
    path('M-16 -40Q-46 -24 -38 8Q-34 30 -16 40L16 40Q34 30 38 8Q46 -24 16 -40Z', body),
    ...ribs,
    rect(-18, -46, 36, 7, wood, 'rx="1.5"'),
    rect(-18, 38, 36, 7, wood, 'rx="1.5"'),
    line('M-17 -42.5H17M-17 41.5H17', s.tone('#d0a24e', 0.5), 1.1),
    line('M0 45V54', s.tone('#c0392b', 0.2), 1.6),
    ellipse(0, 56, 3.2, 3, s.tone('#d0a24e', 0.4)),
    path(
      'M-3.4 58L3.4 58L5 82L-5 82Z',
      s.linear(0, 58, 0, 82, [
        [0, s.tone('#c8362b', 0.4)],
        [1, s.tone('#8f241d', -0.3)],
      ]),
    ),
    line('M-2 60L-3 82M0 60V82M2 60L3 82', s.tone('#7a1c16'), 0.6),
    s.light.snowy ? path('M-19 -46Q-12 -51 0 -50Q14 -51 19 -46Z', s.tone('#f4f7fb', 0.5)) : '',
  ].join('');
}

export function streetLantern(s: Sketch): string {
  const iron = s.tone('#26282e', 0.1);
  const glass = s.light.lampsLit
    ? s.radial(0, -88, 9, [
        [0, '#fffbe0'],
        [0.6, '#ffdf8f'],
        [1, '#f0a94a'],
      ])
    : s.tone('#c5d6de', 0.5);
  return [
    path(
      'M-5 0L5 0L3.4 -5L1.5 -8L1.2 -76L-1.2 -76L-1.5 -8L-3.4 -5Z',
      s.linear(-3, 0, 3, 0, [
        [0, s.tone('#5a5e66', 0.8)],
        [0.5, iron],
        [1, s.tone('#17181c', -0.8)],
      ]),
    ),
    line('M-5 -68H5', iron, 1),
    ellipse(0, -22, 2.2, 1.4, iron),
    ellipse(0, -76, 3, 1.2, iron),
    path('M-3.4 -78L3.4 -78L5.8 -93L-5.8 -93Z', glass),
    line('M-3.4 -78L-5.8 -93M3.4 -78L5.8 -93M0 -78V-93', iron, 0.7),
    path('M-7.4 -93L7.4 -93Q4 -98 1 -100L-1 -100Q-4 -98 -7.4 -93Z', iron),
    line('M0 -100V-103', iron, 1),
    s.light.snowy
      ? path('M-7.6 -93Q-4 -100 0 -101Q4 -100 7.6 -93Q0 -97 -7.6 -93Z', s.tone('#f4f7fb', 0.5))
      : '',
  ].join('');
}

const envelopes = [
  ['#c8372d', '#f2c14e'],
  ['#24578f', '#f0e6d2'],
  ['#e0762b', '#7c2f56'],
  ['#2f8f83', '#f5d36a'],
  ['#7a4fa0', '#f2a7b5'],
] as const;

/** Centred on the origin. */
export function balloon(s: Sketch): string {
  const pair = s.random.pick(envelopes);
  const first = s.colour === undefined ? pair[0] : css(s.colour);
  const second = pair[1];
  const outline =
    'M0 -50C30 -50 40 -28 38 -12C36 8 14 22 8 34L-8 34C-14 22 -36 8 -38 -12C-40 -28 -30 -50 0 -50Z';
  const gores = [-38, -27, -15, -3.6].map((x, index) =>
    path(
      `M0 -50C${x * 0.95} -50 ${x * 1.05} -28 ${x} -12C${x * 0.95} 8 ${x * 0.36} 22 ${x * 0.21} 34L${-x * 0.21} 34C${-x * 0.36} 22 ${-x * 0.95} 8 ${-x} -12C${-x * 1.05} -28 ${-x * 0.95} -50 0 -50Z`,
      s.tone(index % 2 === 0 ? first : second, 0.35),
    ),
  );
  const fire = s.light.lampsLit
    ? path(
        outline,
        s.radial(0, 30, 60, [
          [0, '#ffd98ad0'],
          [0.5, '#ff9a4a60'],
          [1, '#ff9a4a00'],
        ]),
      )
    : '';
  return [
    ...gores,
    `<g ${s.clip(path(outline, '#fff'))}>${path('M-44 -20Q0 -8 44 -20L44 -13Q0 -1 -44 -13Z', s.tone(second, 0.5))}${path('M-44 -9Q0 3 44 -9L44 -6Q0 6 -44 -6Z', s.tone(first, 0.2))}</g>`,
    path(
      outline,
      s.linear(-38, 0, 38, 0, [
        [0, '#ffffff50'],
        [0.3, '#ffffff20'],
        [0.55, '#00000000'],
        [1, '#10143090'],
      ]),
    ),
    fire,
    line('M-8 34L-5 44M8 34L5 44M-3 34L-2 44M3 34L2 44', s.tone('#4a3a2c'), 0.6),
    path(
      'M-6 43L6 43L5 52Q0 53 -5 52Z',
      s.linear(-6, 0, 6, 0, [
        [0, s.tone('#a8743f', 0.8)],
        [1, s.tone('#6b4526', -0.6)],
      ]),
    ),
    line('M-6.2 43.4H6.2M-5.6 47H5.6', s.tone('#54361e'), 0.8),
  ].join('');
}

export function airplane(s: Sketch): string {
  const body = (shade: number): string => s.own('#eef1f4', shade);
  const windows = Array.from({ length: 15 }, (_unused, index) =>
    ellipse(-46 + index * 7, -3, 1.5, 2, s.tone('#33475c', 0.1)),
  ).join('');
  return `<g transform="rotate(-9)">${[
    path('M-60 -4L-86 -38L-70 -38L-40 -8Z', s.own('#2f62b5', 0.3)),
    path('M0 -6L26 -34L38 -34L30 -6Z', body(-0.5)),
    path(
      'M-92 -2Q-84 -11 -50 -12L64 -12Q92 -11 100 0Q92 9 60 9L-40 8Q-78 6 -92 -2Z',
      s.linear(0, -12, 0, 9, [
        [0, body(0.9)],
        [0.5, body(0.4)],
        [1, body(-0.8)],
      ]),
    ),
    windows,
    path('M82 -8Q92 -6 96 -2L82 -2Z', s.tone('#33475c', 0.2)),
    line('M-88 2Q0 7 97 2', s.own('#2f62b5', 0.2), 1.6),
    path(
      'M-6 2L-46 38L-30 38L34 4Z',
      s.linear(0, 0, -30, 38, [
        [0, body(-0.2)],
        [1, body(0.7)],
      ]),
    ),
    path('M-4 14Q8 10 20 14L20 22Q8 25 -4 21Z', s.tone('#8d97a3', -0.1)),
    ellipse(20, 18, 2, 4, s.tone('#2b323a')),
    path('M-70 2L-94 14L-82 14L-52 5Z', body(0.3)),
  ].join('')}</g>`;
}
