import { css, mix } from '../colour.js';
import { ellipse, line, path, type Sketch } from './sketch.js';

/** Animals from the side, facing right, feet on y = 0, about a hundred units tall. Far legs are darker. */
export function horse(s: Sketch): string {
  const coat = (shade: number): string => s.own('#7a4726', shade);
  const mane = (shade: number): string =>
    s.tone(s.colour === undefined ? '#2a1a12' : mix(s.colour, [20, 14, 12], 0.6), shade);
  const far = coat(-0.75);
  return [
    path('M-44 -54C-60 -50 -64 -34 -60 -14C-57 -20 -52 -34 -42 -44Z', mane(0.1)),
    path('M-30 -40L-36 -22L-33 -3L-36 0L-26 0L-27 -20L-18 -36Z', far),
    path('M24 -40L28 -22L25 -3L23 0L33 0L34 -20L34 -38Z', far),
    path(
      'M-46 -56C-42 -66 -26 -66 -12 -63C2 -61 14 -64 24 -72C30 -80 36 -92 44 -98L45 -104L49 -99C58 -96 66 -84 72 -76C75 -71 71 -67 66 -68C60 -69 55 -73 50 -74C48 -64 44 -54 40 -48C38 -40 34 -36 30 -34C14 -30 -8 -30 -22 -36C-34 -34 -48 -40 -46 -56Z',
      s.linear(0, -100, 0, -28, [
        [0, coat(0.8)],
        [0.45, coat(0.35)],
        [1, coat(-0.75)],
      ]),
    ),
    path(
      'M-44 -50C-52 -38 -38 -30 -42 -18L-40 -4L-44 0L-33 0L-33 -17C-30 -28 -20 -32 -16 -42Z',
      s.linear(-46, 0, -16, 0, [
        [0, coat(0.3)],
        [1, coat(-0.4)],
      ]),
    ),
    path(
      'M22 -46C20 -34 24 -28 22 -18L21 -4L18 0L29 0L28 -17C32 -28 40 -36 38 -50Z',
      s.linear(18, 0, 40, 0, [
        [0, coat(0.35)],
        [1, coat(-0.4)],
      ]),
    ),
    path(
      'M44 -101C34 -98 26 -84 20 -71C14 -64 4 -62 -2 -60C8 -56 18 -58 26 -64C34 -72 40 -86 46 -96Z',
      mane(0.3),
    ),
    path('M46 -100C52 -96 54 -90 53 -86C50 -90 47 -95 46 -100Z', mane(0)),
    ellipse(57, -86, 1.7, 1.5, '#140c08'),
    ellipse(56.5, -86.5, 0.5, 0.5, '#ffffff'),
    ellipse(69.5, -72.5, 1.2, 0.9, '#1a0f0a'),
    line('M66 -69Q62 -69 59 -71', mane(-0.4), 0.8),
    line('M50 -74Q44 -72 43 -82', coat(-0.7), 0.8, 'stroke-opacity=".7"'),
    line('M-16 -42Q-22 -36 -24 -36M38 -50Q40 -46 40 -48', coat(-0.8), 0.9, 'stroke-opacity=".6"'),
  ].join('');
}

export function deer(s: Sketch): string {
  const coat = (shade: number): string => s.own('#a56a3c', shade);
  const horn = s.tone('#d9c3a0', 0.3);
  return [
    path('M-26 -36L-32 -20L-29 0L-24 0L-25 -18L-16 -32Z', coat(-0.8)),
    path('M16 -36L19 -18L17 0L22 0L24 -18L24 -34Z', coat(-0.8)),
    path('M-36 -52C-41 -54 -42 -47 -37 -44Z', s.tone('#f3ead8', 0.4)),
    path(
      'M-36 -48C-34 -58 -20 -58 -8 -55C4 -53 12 -55 18 -60C22 -66 25 -73 30 -79C33 -84 40 -84 46 -79L54 -73C56 -70 52 -67 47 -68C42 -69 38 -70 36 -70C35 -60 32 -50 28 -43C22 -36 8 -33 -6 -33C-18 -31 -36 -34 -36 -48Z',
      s.linear(0, -84, 0, -30, [
        [0, coat(0.8)],
        [0.5, coat(0.3)],
        [1, coat(-0.6)],
      ]),
    ),
    path('M-30 -36Q-8 -28 20 -36Q6 -31 -6 -31Q-20 -30 -30 -36Z', s.tone('#f0e2c8', 0.1)),
    path('M34 -70Q33 -58 28 -46Q26 -58 30 -68Z', s.tone('#f0e2c8', 0.2), 'fill-opacity=".8"'),
    path(
      'M-34 -46C-40 -34 -31 -28 -33 -16L-32 0L-26.6 0L-26 -15C-23 -24 -14 -30 -12 -40Z',
      s.linear(-36, 0, -12, 0, [
        [0, coat(0.3)],
        [1, coat(-0.4)],
      ]),
    ),
    path(
      'M14 -42C13 -30 16 -26 14 -16L13 0L18.6 0L19.4 -15C22 -24 28 -32 27 -45Z',
      s.linear(12, 0, 28, 0, [
        [0, coat(0.3)],
        [1, coat(-0.4)],
      ]),
    ),
    path('M32 -80C26 -84 22 -88 20 -86C20 -80 26 -77 32 -77Z', coat(0.3)),
    ellipse(40.5, -77, 1.5, 1.4, '#120b07'),
    ellipse(40.1, -77.4, 0.45, 0.45, '#ffffff'),
    ellipse(53, -72, 1.8, 1.4, '#1b1310'),
    line(
      'M33 -82C28 -92 20 -96 18 -108M26 -91C32 -96 32 -104 31 -108M21 -99C15 -101 12 -106 11 -111',
      horn,
      1.9,
    ),
    line(
      'M36 -82C40 -92 48 -96 52 -106M43 -92C39 -98 40 -104 42 -110M48 -99C54 -100 58 -104 60 -109',
      horn,
      1.9,
    ),
    ...[
      [-22, -48],
      [-12, -50],
      [-4, -47],
      [4, -49],
      [-16, -42],
      [-6, -41],
    ].map(([x = 0, y = 0]) => ellipse(x, y, 1.4, 1.1, s.tone('#f2e3c6', 0.4), 'fill-opacity=".75"')),
  ].join('');
}

export function elephant(s: Sketch): string {
  const hide = (shade: number): string => s.own('#85827f', shade);
  return [
    path('M-34 -36L-36 0L-22 0L-20 -34Z', hide(-0.85)),
    path('M16 -34L14 0L28 0L30 -34Z', hide(-0.85)),
    line('M-60 -60C-68 -50 -67 -36 -65 -26', hide(-0.2), 2.2),
    line('M-65 -26L-66 -19M-65 -26L-63 -19', s.tone('#2b2725'), 1.6),
    path(
      'M-62 -58C-60 -82 -34 -90 -8 -88C8 -87 20 -82 28 -84C40 -98 62 -94 68 -76C74 -66 76 -50 76 -36C77 -22 82 -14 90 -12C92 -8 88 -5 82 -5C70 -5 66 -18 64 -32C62 -42 60 -48 56 -50C50 -46 46 -42 40 -38C42 -26 40 -14 41 0L24 0L22 -30C8 -24 -10 -24 -26 -28L-28 0L-46 0L-46 -28C-56 -34 -62 -44 -62 -58Z',
      s.linear(0, -92, 0, 0, [
        [0, hide(0.85)],
        [0.4, hide(0.3)],
        [0.75, hide(-0.5)],
        [1, hide(-0.75)],
      ]),
    ),
    path(
      'M30 -80C16 -86 8 -70 12 -52C16 -38 28 -34 36 -40C46 -48 46 -70 40 -78C38 -82 34 -82 30 -80Z',
      s.linear(10, 0, 46, 0, [
        [0, hide(0.6)],
        [0.6, hide(0)],
        [1, hide(-0.6)],
      ]),
    ),
    line('M36 -41Q28 -46 26 -62', hide(-0.7), 1, 'stroke-opacity=".6"'),
    path(
      'M58 -52C62 -44 72 -36 86 -38C88 -39 88 -41 86 -41C76 -42 68 -48 64 -56Z',
      s.linear(58, -56, 88, -38, [
        [0, s.tone('#e9dfc8', 0.2)],
        [1, s.tone('#f8f1e0', 0.9)],
      ]),
    ),
    ellipse(56, -72, 2, 1.7, '#15110f'),
    ellipse(55.5, -72.5, 0.6, 0.6, '#ffffff'),
    line('M51 -76Q56 -79 61 -75', hide(-0.7), 1),
    line(
      'M67 -50l7 1M67 -43l8 1M67 -36l8 0M69 -29l8 -1M72 -22l7 -2M77 -16l5 -4',
      hide(-0.7),
      0.9,
      'stroke-opacity=".55"',
    ),
    ...[-43, -36, 27, 34].map((x) => path(`M${x - 3} 0Q${x} -4.4 ${x + 3} 0Z`, s.tone('#d9cfbc', 0.1))),
  ].join('');
}

export function cow(s: Sketch): string {
  const coat = (shade: number): string => s.own('#f1ece2', shade);
  const patch = s.tone(s.colour === undefined ? '#3a2c24' : mix(s.colour, [20, 14, 12], 0.5), -0.1);
  const body =
    'M-58 -66C-50 -78 -20 -76 4 -74C20 -74 30 -82 42 -84C54 -86 62 -78 66 -66L74 -54C76 -48 70 -44 62 -46C54 -48 48 -54 44 -54C44 -42 40 -34 30 -30C8 -24 -20 -24 -42 -30C-58 -36 -62 -52 -58 -66Z';
  return [
    path('M-44 -36L-46 0L-38 0L-34 -32Z', coat(-0.8)),
    path('M16 -34L16 0L24 0L27 -32Z', coat(-0.8)),
    line('M-58 -66C-68 -56 -66 -38 -67 -28', coat(-0.2), 2),
    ellipse(-67, -25, 2.6, 5, patch),
    path(
      body,
      s.linear(0, -84, 0, -24, [
        [0, coat(0.8)],
        [0.5, coat(0.3)],
        [1, coat(-0.6)],
      ]),
    ),
    `<g ${s.clip(path(body, '#fff'))}>${path('M-50 -80C-30 -84 -22 -60 -34 -48C-46 -42 -62 -60 -50 -80Z', patch)}${path('M-6 -80C10 -82 22 -66 12 -52C0 -42 -16 -52 -14 -66Z', patch)}${path('M44 -90C62 -92 64 -70 56 -62C48 -62 42 -70 44 -90Z', patch)}</g>`,
    path('M-56 -50C-58 -36 -54 -28 -55 -16L-55 0L-46 0L-44 -18C-42 -26 -36 -32 -34 -40Z', coat(0)),
    path('M24 -40C24 -28 26 -20 25 -12L25 0L34 0L35 -16C36 -28 40 -34 40 -46Z', coat(0)),
    path('M-30 -28Q-20 -16 -8 -27Z', s.tone('#e0a8a0', 0.1)),
    path('M66 -62L75 -54C78 -46 70 -42 62 -45C58 -52 60 -58 66 -62Z', s.tone('#d9a79a', 0.2)),
    ellipse(71, -52, 1.3, 1, '#3b211d'),
    ellipse(57, -70, 1.8, 1.6, '#120c0a'),
    path('M44 -80C36 -84 30 -80 32 -76C36 -73 42 -74 46 -76Z', patch),
    path('M48 -84C46 -92 50 -96 54 -96C52 -92 53 -88 54 -84Z', s.tone('#e7dcc2', 0.4)),
  ].join('');
}

export function sheep(s: Sketch): string {
  const wool = (shade: number): string => s.own('#ece6da', shade);
  const tufts: string[] = [];
  for (let index = 0; index < 60; index++) {
    const angle = s.random.range(0, Math.PI * 2);
    const reach = Math.sqrt(s.random.next());
    const x = -8 + Math.cos(angle) * 44 * reach;
    const y = -52 + Math.sin(angle) * 25 * reach;
    tufts.push(
      ellipse(
        x,
        y,
        9,
        8,
        s.radial(x - 3, y - 4, 11, [
          [0, wool(0.75 - (y + 52) / 40)],
          [1, wool(0.1 - (y + 52) / 32)],
        ]),
      ),
    );
  }
  const face = s.tone('#38322f', 0);
  return [
    ...[-34, -22, 16, 28].map((x, index) =>
      path(
        `M${x - 3} -34L${x - 2.4} 0L${x + 3} 0L${x + 3.4} -34Z`,
        s.tone('#38322f', index % 2 === 0 ? -0.8 : 0),
      ),
    ),
    tufts.join(''),
    path('M34 -78C44 -84 58 -72 62 -56C64 -48 56 -44 50 -48C40 -54 32 -64 34 -78Z', face),
    path('M36 -74C28 -76 24 -70 26 -67C31 -66 36 -68 38 -70Z', face),
    ellipse(48, -66, 1.8, 1.6, '#f4ecd8'),
    ellipse(48.3, -66, 0.9, 1.1, '#0c0a09'),
    ellipse(39, -78, 9, 6, wool(0.6)),
  ].join('');
}

export function penguin(s: Sketch): string {
  const back = s.linear(-28, 0, 28, 0, [
    [0, s.own('#3a3f4a', 0.6)],
    [0.4, s.own('#23262e', 0)],
    [1, s.own('#16181d', -0.6)],
  ]);
  return [
    path('M-14 -2C-24 -2 -28 0 -26 3L-4 3L-6 -3Z', s.tone('#e39a34', 0.2)),
    path('M14 -2C24 -2 28 0 26 3L4 3L6 -3Z', s.tone('#e39a34', 0)),
    path(
      'M0 -100C16 -100 21 -88 20 -76C30 -64 34 -42 30 -20C28 -6 16 0 0 0C-16 0 -28 -6 -30 -20C-34 -42 -30 -64 -20 -76C-21 -88 -16 -100 0 -100Z',
      back,
    ),
    path(
      'M0 -72C16 -72 24 -50 22 -28C20 -10 10 -4 0 -4C-10 -4 -20 -10 -22 -28C-24 -50 -16 -72 0 -72Z',
      s.linear(-22, 0, 22, 0, [
        [0, s.tone('#ffffff', 0.9)],
        [0.5, s.tone('#f4f4f0', 0.4)],
        [1, s.tone('#d9dde2', -0.4)],
      ]),
    ),
    path(
      'M-18 -78C-20 -66 -12 -62 0 -62C12 -62 20 -66 18 -78C14 -70 8 -68 0 -68C-8 -68 -14 -70 -18 -78Z',
      s.tone('#f0b43c', 0.3),
    ),
    path('M-22 -66C-36 -52 -40 -34 -34 -20C-28 -30 -26 -46 -22 -58Z', s.own('#2b2f38', 0.3)),
    path('M22 -66C36 -52 40 -34 34 -20C28 -30 26 -46 22 -58Z', s.own('#1a1c22', -0.3)),
    ellipse(-8, -86, 3, 3.2, '#f8f8f4'),
    ellipse(8, -86, 3, 3.2, '#f8f8f4'),
    ellipse(-7.4, -86, 1.7, 2, '#0b0b0d'),
    ellipse(7.4, -86, 1.7, 2, '#0b0b0d'),
    path('M-5 -81Q0 -84 5 -81L0 -73Z', s.tone('#e0902c', 0.4)),
    line('M-4 -79.5Q0 -78 4 -79.5', css([120, 66, 14]), 0.7),
  ].join('');
}
