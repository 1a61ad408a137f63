import { css, hsl } from '../colour.js';
import { ellipse, line, path, type Sketch } from './sketch.js';

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
function bloom(s: Sketch, x: number, y: number, radius: number, hue: number): string {
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
