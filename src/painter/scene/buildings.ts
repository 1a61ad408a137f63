import { ellipse, line, path, rect, type Sketch } from './sketch.js';

/** Each drawing stands on (0, 0) and is about a hundred units tall; light comes from the left. */
export function lighthouse(s: Sketch): string {
  const stripe = s.own('#c23b32');
  const wall = s.round('#f2efe8', -13, 13);
  const bands = [0, 1, 2].map((index) => {
    const y = -18 - index * 24;
    const half = 12.4 - (-y / 100) * 5.2;
    const top = half - 0.62;
    return path(`M${-half} ${y}L${half} ${y}L${top} ${y - 12}L${-top} ${y - 12}Z`, stripe);
  });
  const shade = s.linear(-13, 0, 13, 0, [
    [0, '#00000022'],
    [0.3, '#ffffff30'],
    [0.6, '#00000020'],
    [1, '#00000099'],
  ]);
  const lamp = s.light.lampsLit ? s.lit('#fff3b8') : s.tone('#9fb4c0', 0.6);
  const iron = s.tone('#2b2d33', -0.2);
  return [
    path('M-15 0L15 0L14 -3L-14 -3Z', s.tone('#8d867c')),
    path('M-12.8 -3L12.8 -3L7.6 -82L-7.6 -82Z', wall),
    ...bands,
    path('M-12.8 -3L12.8 -3L7.6 -82L-7.6 -82Z', shade),
    ...[-28, -52, -72].map((y) =>
      rect(-1.6, y, 3.2, 5, s.light.lampsLit ? s.lit('#ffdf8a') : s.tone('#33404a'), 'rx="1.6"'),
    ),
    path('M-3.4 -3L-3.4 -11Q0 -15 3.4 -11L3.4 -3Z', s.tone('#5b3a28')),
    rect(-11, -85, 22, 3.2, iron, 'rx="1"'),
    line('M-10.5 -85V-90M-5.2 -85V-90M0 -85V-90M5.2 -85V-90M10.5 -85V-90M-10.5 -90H10.5', iron, 0.7),
    rect(-5.6, -96, 11.2, 11, lamp),
    line('M-5.6 -96V-85M-2 -96V-85M2 -96V-85M5.6 -96V-85', iron, 0.7),
    path('M-7.4 -96Q0 -106 7.4 -96Z', s.own('#a83028', -0.2)),
    line('M0 -101V-107', iron, 0.8),
  ].join('');
}

export function pagoda(s: Sketch): string {
  const parts: string[] = [path('M-32 0L32 0L28 -5L-28 -5Z', s.tone('#8d867c'))];
  const snow = s.light.snowy;
  let y = -5;
  for (let storey = 0; storey < 5; storey++) {
    const half = 20 - storey * 2.6;
    const tall = 9.4 - storey * 0.7;
    const wall = s.own('#b5402f');
    parts.push(
      rect(
        -half * 0.72,
        y - tall,
        half * 1.44,
        tall,
        s.linear(-half, 0, half, 0, [
          [0, s.own('#c9503a', 0.6)],
          [0.5, wall],
          [1, s.own('#a53a2c', -0.8)],
        ]),
      ),
    );
    for (let post = -2; post <= 2; post++)
      parts.push(rect(post * half * 0.33 - 0.7, y - tall, 1.4, tall, s.tone('#5f2018')));
    const glass = s.light.lampsLit ? s.lit('#ffcf78') : s.tone('#f0e2c0', 0.1);
    for (const post of [-1.5, -0.5, 0.5, 1.5])
      parts.push(rect(post * half * 0.33 - half * 0.1, y - tall * 0.72, half * 0.2, tall * 0.5, glass));
    const eave = half * 1.42;
    const top = y - tall;
    const ridge = half * 0.62;
    const rise = 7.4 - storey * 0.3;
    const roof = `M${-eave} ${top - 2.2}Q${-eave * 0.72} ${top + 1.6} 0 ${top + 1.6}Q${eave * 0.72} ${top + 1.6} ${eave} ${top - 2.2}Q${eave * 0.68} ${top - 2.4} ${ridge} ${top - rise}L${-ridge} ${top - rise}Q${-eave * 0.68} ${top - 2.4} ${-eave} ${top - 2.2}Z`;
    parts.push(
      path(
        roof,
        s.linear(-eave, 0, eave, 0, [
          [0, s.tone('#4c5a66', 0.9)],
          [0.5, s.tone('#35414c', 0)],
          [1, s.tone('#27313b', -0.8)],
        ]),
      ),
    );
    if (snow)
      parts.push(
        path(
          `M${-eave} ${top - 2.4}Q${-eave * 0.68} ${top - 2.6} ${-ridge} ${top - rise}L${ridge} ${top - rise}Q${eave * 0.68} ${top - 2.6} ${eave} ${top - 2.4}Q0 ${top + 0.4} ${-eave} ${top - 2.4}Z`,
          s.tone('#f2f6fa', 0.4),
        ),
      );
    parts.push(
      line(
        `M${-eave} ${top - 2.2}Q${-eave * 0.72} ${top + 1.6} 0 ${top + 1.6}Q${eave * 0.72} ${top + 1.6} ${eave} ${top - 2.2}`,
        s.tone('#d9a35c', 0),
        0.7,
      ),
    );
    y = top - rise;
  }
  parts.push(line(`M0 ${y}V${y - 17}`, s.tone('#c79a45', 0.4), 1.2));
  for (let ring = 0; ring < 6; ring++)
    parts.push(ellipse(0, y - 3 - ring * 2, 2.6 - ring * 0.25, 0.7, s.tone('#d9b05a', 0.6)));
  return parts.join('');
}

export function cottage(s: Sketch): string {
  const window = s.light.lampsLit ? s.lit('#ffd27a') : s.tone('#9cc0d4', 0.3);
  const roof = s.linear(-50, 0, 50, 0, [
    [0, s.tone('#a5553a', 0.8)],
    [1, s.tone('#7d3d2c', -0.5)],
  ]);
  const frame = s.tone('#4d372a');
  const pane = (x: number, y: number, w: number, h: number): string =>
    rect(x, y, w, h, window) +
    line(`M${x} ${y}h${w}v${h}h${-w}ZM${x + w / 2} ${y}v${h}M${x} ${y + h / 2}h${w}`, frame, 1.3);
  return [
    rect(24, -92, 12, 34, s.round('#8d6a58', 24, 36)),
    rect(22.5, -94, 15, 4, s.tone('#6f5244')),
    path(
      'M-46 0L46 0L46 -46L-46 -46Z',
      s.linear(-46, 0, 46, 0, [
        [0, s.own('#f1e6d2', 0.7)],
        [0.55, s.own('#ead9bd', 0.1)],
        [1, s.own('#d8c3a4', -0.7)],
      ]),
    ),
    path('M-46 0L46 0L46 -6L-46 -6Z', s.tone('#8d857a')),
    path('M-55 -43L-36 -84L36 -84L55 -43Z', roof),
    ...[0, 1, 2, 3, 4].map((row) =>
      line(
        `M${-53 + row * 3.8} ${-47 - row * 8}H${53 - row * 3.8}`,
        s.tone('#6b3325', -0.2),
        0.8,
        'stroke-opacity=".55"',
      ),
    ),
    s.light.snowy
      ? path(
          'M-57 -41Q-50 -46 -38 -86L38 -86Q50 -46 57 -41Q45 -48 30 -44Q12 -50 -6 -44Q-30 -50 -57 -41Z',
          s.tone('#f4f7fb', 0.5),
        )
      : '',
    rect(-8, -30, 16, 30, s.tone('#6d4128')) +
      line('M-8 0V-30H8V0M0 -30V0', frame, 1.3) +
      ellipse(5, -14, 1.1, 1.1, s.tone('#e0b95c', 0.6)),
    pane(-37, -32, 18, 16),
    pane(19, -32, 18, 16),
  ].join('');
}

export function castle(s: Sketch): string {
  const stone = '#a79c8c';
  const window = s.light.lampsLit ? s.lit('#ffcf7a') : s.tone('#2f3138');
  const tower = (x: number, w: number, h: number, cone: number): string => {
    const half = w / 2;
    const teeth = [0, 1, 2, 3].map((n) =>
      rect(x - half - 1.5 + n * ((w + 3) / 3.5), -h - 5, (w + 3) / 6, 5, s.tone(stone, n < 2 ? 0.5 : -0.5)),
    );
    const flag =
      line(`M${x} ${-h - cone - 3}V${-h - cone - 12}`, s.tone('#4a4038'), 0.7) +
      path(`M${x} ${-h - cone - 12}l7 2.2l-7 2.6Z`, s.own('#b93a34', 0.3));
    const cap = path(
      `M${x - half - 2.6} ${-h - 3}L${x} ${-h - cone - 3}L${x + half + 2.6} ${-h - 3}Z`,
      s.linear(x - half, 0, x + half, 0, [
        [0, s.own('#5a6a86', 0.8)],
        [1, s.own('#3b4763', -0.8)],
      ]),
    );
    return (
      rect(x - half, -h, w, h, s.round(stone, x - half, x + half)) +
      rect(x - half - 1.5, -h - 2, w + 3, 3, s.tone(stone, 0.2)) +
      (cone > 0 ? cap + flag : teeth.join('')) +
      rect(x - 1.1, -h * 0.72, 2.2, 5.4, window, 'rx="1.1"') +
      rect(x - 1.1, -h * 0.42, 2.2, 5.4, window, 'rx="1.1"')
    );
  };
  const battlement = Array.from({ length: 12 }, (_unused, n) =>
    rect(-45 + n * 7.8, -38, 4.4, 5, s.tone(stone, 0.5 - n * 0.1)),
  ).join('');
  return [
    tower(-18, 15, 62, 22),
    tower(20, 13, 56, 20),
    tower(1, 17, 76, 26),
    rect(
      -45,
      -34,
      90,
      34,
      s.linear(-45, 0, 45, 0, [
        [0, s.tone(stone, 0.7)],
        [0.6, s.tone(stone, -0.1)],
        [1, s.tone(stone, -0.7)],
      ]),
    ),
    battlement,
    ...[0, 1, 2, 3].map((row) =>
      line(
        `M-44 ${-7 - row * 7}H44`,
        s.tone('#6e675d', -0.3),
        0.5,
        `stroke-dasharray="${6 + row} 3" stroke-opacity=".5"`,
      ),
    ),
    tower(-45, 16, 48, 20),
    tower(45, 16, 48, 20),
    path('M-9 0V-16Q0 -27 9 -16V0Z', s.tone('#3b2a20')) +
      line('M-9 0V-16Q0 -27 9 -16V0', s.tone('#d1c5b1', 0.3), 1.4) +
      line('M-5 0V-20M0 0V-22M5 0V-20M-9 -8H9M-9 -14H9', s.tone('#16110e'), 0.7),
    s.light.snowy ? line('M-45 -38H45M-54 -50H-36M36 -50H54', s.tone('#f4f7fb', 0.5), 2) : '',
  ].join('');
}

export function windmill(s: Sketch): string {
  const turn = s.random.range(8, 40);
  const sail = (angle: number): string =>
    `<g transform="translate(0 -70) rotate(${angle})">${rect(-0.8, -46, 1.6, 46, s.tone('#5b4332'))}${rect(0.8, -45, 9, 34, s.tone('#efe6d2', 0.4), 'fill-opacity=".92"')}${line('M0.8 -45H9.8V-11H0.8M5 -45V-11M0.8 -38H9.8M0.8 -31H9.8M0.8 -24H9.8M0.8 -17H9.8', s.tone('#6d5138'), 0.7)}</g>`;
  return [
    path(
      'M-19 0L19 0L11 -66L-11 -66Z',
      s.linear(-19, 0, 19, 0, [
        [0, s.own('#efe4d0', 0.8)],
        [0.4, s.own('#e6d8c0', 0.3)],
        [1, s.own('#c9b797', -0.8)],
      ]),
    ),
    path(
      'M-13 -65L13 -65Q11 -82 0 -83Q-11 -82 -13 -65Z',
      s.linear(-13, 0, 13, 0, [
        [0, s.tone('#8c5a40', 0.7)],
        [1, s.tone('#5d3a2a', -0.7)],
      ]),
    ),
    rect(-5, -17, 10, 17, s.tone('#6b4530')),
    rect(-3, -40, 6, 8, s.light.lampsLit ? s.lit('#ffd98c') : s.tone('#46525a')),
    rect(-2.4, -58, 4.8, 6, s.light.lampsLit ? s.lit('#ffd98c') : s.tone('#46525a')),
    line('M-17 -20H17', s.tone('#6d5138'), 1.4),
    [0, 90, 180, 270].map((angle) => sail(angle + turn)).join(''),
    ellipse(0, -70, 2.6, 2.6, s.tone('#3f3026')),
  ].join('');
}

export function torii(s: Sketch): string {
  const red = (shade: number): string => s.own('#cf4327', shade);
  return [
    rect(-34, -4, 12, 4, s.tone('#4a4744')) + rect(22, -4, 12, 4, s.tone('#4a4744')),
    path(
      'M-32 -2L-25 -2L-23.5 -84L-29.5 -84Z',
      s.linear(-32, 0, -24, 0, [
        [0, red(0.9)],
        [1, red(-0.6)],
      ]),
    ),
    path(
      'M32 -2L25 -2L23.5 -84L29.5 -84Z',
      s.linear(24, 0, 32, 0, [
        [0, red(0.7)],
        [1, red(-0.8)],
      ]),
    ),
    rect(
      -40,
      -69,
      80,
      6,
      s.linear(0, -69, 0, -63, [
        [0, red(0.7)],
        [1, red(-0.5)],
      ]),
    ),
    rect(-3.4, -85, 6.8, 18, red(0.1)),
    rect(-4.6, -83, 9.2, 12, s.tone('#2e2a2a')) + rect(-3.4, -82, 6.8, 10, s.tone('#d9b05a', 0.4)),
    path('M-54 -96Q0 -84 54 -96L51 -86Q0 -78 -51 -86Z', red(0.3)),
    path('M-56 -100Q0 -88 56 -100L54 -94Q0 -83 -54 -94Z', s.tone('#2c2a2c', 0)),
    s.light.snowy ? line('M-56 -100.5Q0 -88.5 56 -100.5', s.tone('#f4f7fb', 0.5), 2.4) : '',
  ].join('');
}
