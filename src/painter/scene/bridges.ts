import { line, path, rect, type Sketch } from './sketch.js';

/** Bridges are a hundred units tall and cross the whole picture; the waterline is y = 0. */
export function stoneBridge(s: Sketch): string {
  const stone = '#a79b8a';
  const outline = `M-430 6L${deckLine(0)}L430 6L118 4Q116 -22 92 -23Q68 -22 66 4L52 4Q48 -44 0 -45Q-48 -44 -52 4L-66 4Q-68 -22 -92 -23Q-116 -22 -118 4Z`;
  const arch = (cx: number, half: number, rise: number): string => {
    const stones: string[] = [];
    const count = Math.round(half / 3) + 5;
    for (let index = 0; index <= count; index++) {
      const angle = Math.PI * (index / count);
      const x = cx - Math.cos(angle) * half;
      const y = 4 - Math.sin(angle) * rise;
      const turn = 90 - ((Math.PI - angle) * 180) / Math.PI;
      stones.push(
        `<g transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${(-turn).toFixed(1)})">${rect(-2.6, -6.4, 5.2, 7, s.tone(stone, s.random.range(-0.1, 0.75)), `rx="0.8" stroke="${s.tone('#5f574c', -0.4)}" stroke-width=".5"`)}</g>`,
      );
    }
    return stones.join('');
  };
  const blocks: string[] = [];
  for (let row = 0; row < 12; row++) {
    for (let x = -172 + (row % 2) * 5; x < 172;) {
      const wide = s.random.range(8, 14);
      const shade = s.random.range(-0.5, 0.6);
      blocks.push(rect(x, -62 + row * 5.6, wide - 0.7, 4.9, s.tone(stone, shade), 'rx=".9"'));
      x += wide;
    }
  }
  const rail: string[] = [];
  for (let x = -420; x <= 420; x += 12)
    rail.push(rect(x - 1.7, deckAt(x) - 13, 3.4, 12, s.round(stone, x - 2, x + 2), 'rx=".6"'));
  const cap = s.light.snowy ? line(`M${deckLine(-16)}`, s.tone('#f3f6fa', 0.5), 5) : '';
  return [
    path('M-60 4Q-52 -42 0 -43Q52 -42 60 4Z', '#00000030'),
    path(outline, s.tone('#7d7366', -0.3)),
    `<g ${s.clip(path(outline, '#fff'))}>${blocks.join('')}${path(
      outline,
      s.linear(0, -63, 0, 6, [
        [0, '#ffffff22'],
        [0.4, '#00000000'],
        [1, '#101c2070'],
      ]),
    )}</g>`,
    path('M-52 4Q-48 -44 0 -45Q48 -44 52 4L46 4Q42 -37 0 -39Q-42 -37 -46 4Z', s.tone('#4d463d', -0.8)),
    path('M66 4Q68 -22 92 -23Q116 -22 118 4L113 4Q110 -17 92 -18Q74 -17 71 4Z', s.tone('#4d463d', -0.8)),
    path(
      'M-66 4Q-68 -22 -92 -23Q-116 -22 -118 4L-113 4Q-110 -17 -92 -18Q-74 -17 -71 4Z',
      s.tone('#4d463d', -0.8),
    ),
    arch(0, 52, 49),
    arch(92, 26, 27),
    arch(-92, 26, 27),
    rail.join(''),
    line(`M${deckLine(-1)}`, s.tone('#c6bba8', 0.6), 3.4),
    line(`M${deckLine(-13)}`, s.tone('#bfb4a1', 0.5), 4.2),
    cap,
    s.light.season === 'winter' ? '' : moss(s),
  ].join('');
}

/** Height of the roadway: an arc over the water and level ramps beyond it. */
function deckAt(x: number): number {
  const away = Math.abs(x);
  return away < 175
    ? -63 + (away / 175) ** 2 * 33
    : Math.min(-10, -30 + (away - 175) * 0.22 - Math.max(0, away - 215) * 0.16);
}

/** The roadway from left to right as path points, raised by `lift`. */
function deckLine(lift: number): string {
  const points: string[] = [];
  for (let x = -430; x <= 430; x += 10) points.push(`${x} ${(deckAt(x) + lift).toFixed(1)}`);
  return points.join('L');
}

function moss(s: Sketch): string {
  const tufts: string[] = [];
  for (let index = 0; index < 34; index++) {
    const x = s.random.range(-165, 165);
    const y = s.random.chance(0.5) ? s.random.range(-6, 3) : deckAt(x) + 3 + s.random.range(0, 8);
    tufts.push(
      `<ellipse cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" rx="${s.random.range(2, 6).toFixed(1)}" ry="${s.random.range(0.8, 1.8).toFixed(1)}" fill="${s.tone('#5f7d3c', s.random.range(-0.6, 0.5))}" fill-opacity=".7"/>`,
    );
  }
  return tufts.join('');
}

export function woodenBridge(s: Sketch): string {
  const red = (shade: number): string => s.own('#b4402a', shade);
  const posts: string[] = [];
  const deck = (x: number): number => -46 + (x / 150) ** 2 * 30;
  for (let x = -150; x <= 150; x += 25) {
    const y = deck(x);
    posts.push(
      rect(
        x - 2,
        y - 24,
        4,
        26,
        s.linear(x - 2, 0, x + 2, 0, [
          [0, red(0.8)],
          [1, red(-0.7)],
        ]),
      ),
      rect(x - 3, y - 27, 6, 4, s.tone('#3b332c'), 'rx="1"'),
    );
  }
  for (const x of [-75, -25, 25, 75])
    posts.push(
      rect(x - 2.4, deck(x), 4.8, 6 - deck(x), s.round('#7a4a34', x - 2.4, x + 2.4)),
      line(
        `M${x} ${deck(x) * 0.55}L${x + 18} ${deck(x + 18)}M${x} ${deck(x) * 0.55}L${x - 18} ${deck(x - 18)}`,
        s.tone('#69402e', -0.3),
        2.2,
      ),
    );
  return [
    line('M-75 -8H75', s.tone('#5f3a2a', -0.5), 2),
    posts.join(''),
    line('M-175 -6Q-80 -47 0 -47Q80 -47 175 -6', red(-0.6), 8),
    line('M-175 -9Q-80 -50 0 -50Q80 -50 175 -9', red(0.7), 3),
    line('M-175 -19Q-80 -60 0 -60Q80 -60 175 -19', red(0.2), 2.2),
    line('M-175 -28Q-80 -69 0 -69Q80 -69 175 -28', red(0.8), 3.2),
    s.light.snowy
      ? line(
          'M-175 -30.5Q-80 -71.5 0 -71.5Q80 -71.5 175 -30.5M-175 -11Q-80 -52 0 -52Q80 -52 175 -11',
          s.tone('#f3f6fa', 0.5),
          2.6,
        )
      : '',
  ].join('');
}

export function suspensionBridge(s: Sketch): string {
  const steel = (shade: number): string => s.own('#b5452f', shade);
  const cable = 'M-190 -32Q-130 -60 -70 -98Q0 -6 70 -98Q130 -60 190 -32';
  const hangers: string[] = [];
  for (let x = -66; x <= 66; x += 6) hangers.push(`M${x} ${-98 + 69 * (1 - (x / 70) ** 2)}V-24`);
  for (let x = 76; x <= 180; x += 7) {
    const y = -98 + ((x - 70) / 120) * 66;
    hangers.push(`M${x} ${y + 3}V-24M${-x} ${y + 3}V-24`);
  }
  const tower = (x: number): string =>
    [
      rect(
        x - 5,
        -104,
        3.4,
        110,
        s.linear(x - 5, 0, x - 1, 0, [
          [0, steel(0.8)],
          [1, steel(-0.4)],
        ]),
      ),
      rect(
        x + 1.6,
        -104,
        3.4,
        110,
        s.linear(x + 1, 0, x + 5, 0, [
          [0, steel(0.4)],
          [1, steel(-0.8)],
        ]),
      ),
      ...[-100, -80, -60, -42].map((y) => rect(x - 5, y, 10, 3.4, steel(0.1))),
      rect(x - 8, -2, 16, 8, s.tone('#8d8a84')),
    ].join('');
  return [
    tower(-70),
    tower(70),
    line(hangers.join(''), steel(-0.2), 0.55),
    line(cable, steel(0.5), 1.8),
    rect(
      -190,
      -26,
      380,
      4.4,
      s.linear(0, -26, 0, -21, [
        [0, steel(0.6)],
        [1, steel(-0.8)],
      ]),
    ),
    line('M-190 -20.6H190', steel(-0.9), 1),
    s.light.lampsLit ? line('M-190 -27.4H190', s.lit('#ffd98a'), 0.9, 'stroke-dasharray="0.1 9"') : '',
  ].join('');
}
