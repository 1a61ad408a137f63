import type { Random } from '../random.js';
import type { Species } from './animal-species.js';
import { ellipse, line, path } from './sketch.js';

type Turn = (x: number, y: number) => boolean;

/** Markings of the body, in local units, on the coat beneath the hair. */
export function bodyMarkings(kind: Species, random: Random): string {
  switch (kind.markings) {
    case 'rosettes':
      return scatter(
        random,
        { left: -190, top: 96, right: 190, bottom: 520 },
        37,
        (x, y) => Math.abs(x) > 26 + Math.max(0, y - 330) * 0.02 && !(Math.abs(x) < 46 && y < 300),
        (x, y) =>
          y > 330 && Math.abs(x) < 95 ? dot(x, y, 9, kind.dark, random) : rosette(x, y, 15, kind, random),
      );
    case 'spots':
      return '';
    case 'stripes':
      return tigerBody(kind.dark, random);
    case 'tabby':
      return (
        [0, 1, 2, 3, 4, 5]
          .map((row) =>
            twice((m) =>
              line(
                `M${m * 160} ${150 + row * 56}Q${m * 110} ${168 + row * 50} ${m * 62} ${148 + row * 54}`,
                kind.dark,
                9,
                'stroke-opacity=".42"',
              ),
            ),
          )
          .join('') +
        [0, 1, 2]
          .map((row) =>
            twice((m) =>
              line(
                `M${m * 18} ${330 + row * 40}Q${m * 44} ${342 + row * 40} ${m * 72} ${330 + row * 40}`,
                kind.dark,
                7,
                'stroke-opacity=".4"',
              ),
            ),
          )
          .join('')
      );
    case 'panda':
      return path(
        'M-150 150C-120 90 120 90 150 150C168 260 90 250 70 240C40 180 -40 180 -70 240C-90 250 -168 260 -150 150Z',
        kind.dark,
      );
    case 'feathers':
      return scatter(
        random,
        { left: -150, top: 100, right: 150, bottom: 430 },
        27,
        () => true,
        (x, y) =>
          path(
            `M${x} ${y - 9}Q${x + 5} ${y} ${x} ${y + 12}Q${x - 5} ${y} ${x} ${y - 9}Z`,
            kind.dark,
            `fill-opacity="${Math.abs(x) < 80 ? 0.8 : 0.55}"`,
          ),
      );
    default:
      return '';
  }
}

export function headMarkings(kind: Species, random: Random): string {
  switch (kind.markings) {
    case 'rosettes': {
      const spots = scatter(
        random,
        { left: -104, top: -86, right: 104, bottom: 70 },
        17,
        (x, y) => y < -26 - Math.abs(x) * 0.1 || (Math.abs(x) > 66 && y < 52),
        (x, y) => dot(x, y, 4.2 + Math.abs(x) * 0.016, kind.dark, random),
      );
      const rows = [0, 1, 2]
        .map((row) =>
          twice((m) =>
            [0, 1, 2, 3]
              .map((n) =>
                ellipse(
                  m * (26 + n * 9.5),
                  56 + row * 8.4 + n * 1.6,
                  2.2,
                  1.7,
                  kind.dark,
                  'fill-opacity=".8"',
                ),
              )
              .join(''),
          ),
        )
        .join('');
      return (
        spots +
        rows +
        twice((m) => line(`M${m * 27} 4Q${m * 19} 18 ${m * 20} 36`, kind.dark, 3.4, 'stroke-opacity=".45"'))
      );
    }
    case 'stripes':
      return twice((m) =>
        [
          wedge(`M${m * 4} -82Q${m * 26} -72 ${m * 42} -50Q${m * 24} -60 ${m * 3} -68Z`, kind.dark),
          wedge(`M${m * 4} -60Q${m * 26} -54 ${m * 38} -38Q${m * 22} -44 ${m * 3} -48Z`, kind.dark),
          wedge(`M${m * 3} -41Q${m * 18} -38 ${m * 26} -28Q${m * 14} -30 ${m * 2} -32Z`, kind.dark),
          wedge(`M${m * 92} -40Q${m * 74} -36 ${m * 62} -24Q${m * 78} -26 ${m * 96} -24Z`, kind.dark),
          wedge(`M${m * 102} 6Q${m * 82} 2 ${m * 68} 12Q${m * 84} 14 ${m * 102} 22Z`, kind.dark),
          wedge(`M${m * 100} 36Q${m * 82} 32 ${m * 68} 46Q${m * 82} 46 ${m * 94} 54Z`, kind.dark),
          wedge(`M${m * 86} 70Q${m * 72} 66 ${m * 60} 80Q${m * 70} 80 ${m * 76} 84Z`, kind.dark),
        ].join(''),
      );
    case 'tabby':
      return (
        [0, 1]
          .map((n) =>
            twice((m) =>
              line(
                `M${m * (8 + n * 16)} ${-78 + n * 5}Q${m * (10 + n * 14)} -56 ${m * (15 + n * 13)} ${-38 + n * 3}`,
                kind.dark,
                6,
                'stroke-opacity=".55"',
              ),
            ),
          )
          .join('') +
        twice((m) =>
          line(
            `M${m * 66} -2Q${m * 84} 2 ${m * 98} -8M${m * 66} 14Q${m * 84} 22 ${m * 98} 18`,
            kind.dark,
            5.5,
            'stroke-opacity=".5"',
          ),
        )
      );
    case 'mask':
      return twice((m) =>
        path(
          `M${m * 30} 12Q${m * 26} 40 ${m * 18} 60Q${m * 14} 40 ${m * 16} 14Z`,
          kind.dark,
          'fill-opacity=".5"',
        ),
      );
    case 'panda':
      return twice(
        (m) => `<g transform="rotate(${m * 28} ${m * 40} -6)">${ellipse(m * 40, -4, 23, 33, kind.dark)}</g>`,
      );
    case 'feathers':
      return scatter(
        random,
        { left: -90, top: -84, right: 90, bottom: -44 },
        15,
        () => true,
        (x, y) =>
          path(
            `M${x} ${y - 6}Q${x + 3} ${y} ${x} ${y + 8}Q${x - 3} ${y} ${x} ${y - 6}Z`,
            kind.dark,
            'fill-opacity=".75"',
          ),
      );
    default:
      return '';
  }
}

function scatter(
  random: Random,
  box: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number },
  step: number,
  keep: Turn,
  draw: (x: number, y: number) => string,
): string {
  let markup = '';
  let odd = 0;
  for (let y = box.top; y < box.bottom; y += step * 0.86) {
    odd = 1 - odd;
    for (let x = box.left + (odd * step) / 2; x < box.right; x += step) {
      const px = x + random.bell() * step * 0.13;
      const py = y + random.bell() * step * 0.13;
      if (keep(px, py)) markup += draw(px, py);
    }
  }
  return markup;
}

/** A broken ring of blotches around a slightly darker middle. */
function rosette(x: number, y: number, radius: number, kind: Species, random: Random): string {
  const turn = random.range(0, 360);
  const blobs = [0, 1, 2, 3, 4].map((n) => {
    const angle = n * 1.257 + random.range(-0.2, 0.2);
    return n === 4 && random.chance(0.5)
      ? ''
      : `<g transform="rotate(${(angle * 180) / Math.PI + 90} ${x + Math.cos(angle) * radius * 0.72} ${y + Math.sin(angle) * radius * 0.62})">${ellipse(x + Math.cos(angle) * radius * 0.72, y + Math.sin(angle) * radius * 0.62, radius * 0.4, radius * random.range(0.2, 0.3), kind.dark, 'fill-opacity=".9"')}</g>`;
  });
  return `<g transform="rotate(${turn} ${x} ${y})">${ellipse(x, y, radius * 0.5, radius * 0.42, kind.dark, 'fill-opacity=".22"')}${blobs.join('')}</g>`;
}

function dot(x: number, y: number, radius: number, colour: string, random: Random): string {
  return `<g transform="rotate(${random.range(0, 180)} ${x} ${y})">${ellipse(x, y, radius * random.range(0.9, 1.2), radius * random.range(0.55, 0.8), colour, 'fill-opacity=".88"')}</g>`;
}

function tigerBody(dark: string, random: Random): string {
  return Array.from({ length: 9 }, (_unused, row) =>
    twice((m) => {
      const y = 120 + row * 42 + random.range(-6, 6);
      const inner = row < 4 ? 46 + random.range(0, 16) : 60;
      return (
        wedge(
          `M${m * 190} ${y - 12}Q${m * 110} ${y - 4} ${m * inner} ${y + 12}Q${m * 110} ${y + 14} ${m * 190} ${y + 10}Z`,
          dark,
        ) +
        (row > 4
          ? wedge(
              `M${m * 84} ${y + 6}Q${m * 50} ${y + 2} ${m * 20} ${y + 10}Q${m * 50} ${y + 12} ${m * 84} ${y + 16}Z`,
              dark,
            )
          : '')
      );
    }),
  ).join('');
}

function wedge(d: string, fill: string): string {
  return path(d, fill, 'fill-opacity=".94"');
}

export function twice(draw: (side: 1 | -1) => string): string {
  return draw(1) + draw(-1);
}
