import { css, mix, rgb, scale } from '../colour.js';
import { twice } from './animal-markings.js';
import { shapes, type Species } from './animal-species.js';
import { ellipse, line, path, type Sketch } from './sketch.js';

/** Eyes, nose and mouth, drawn crisply over the hair. */
export function faceDetails(s: Sketch, kind: Species): string {
  return eyes(s, kind) + (kind.build === 'owl' ? beak(s) : nose(s, kind));
}

function eyes(s: Sketch, kind: Species): string {
  const shape = shapes[kind.build];
  const size = shape.eyeSize;
  const feline = kind.build === 'cat' || kind.build === 'bigcat';
  const round = kind.build === 'owl';
  const rim = '#17120f';
  const iris = rgb(kind.eye);
  return twice((m) => {
    const x = m * shape.eyeX;
    const y = shape.eyeY;
    const inner = x - m * size * 1.12;
    const outer = x + m * size * 1.12;
    const tilt = feline || kind.build === 'canid' ? size * 0.3 : 0;
    const lid = round
      ? `M${x - size} ${y}a${size} ${size} 0 1 1 ${size * 2} 0a${size} ${size} 0 1 1 ${-size * 2} 0Z`
      : `M${inner} ${y + tilt + size * 0.32}Q${x - m * size * 0.35} ${y - size * 1.0} ${x + m * size * 0.3} ${y - size * 0.92}Q${x + m * size * 0.95} ${y - size * 0.7} ${outer} ${y - tilt * 0.55}Q${x + m * size * 0.62} ${y + size * 0.92} ${x - m * size * 0.1} ${y + size * 0.86}Q${x - m * size * 0.7} ${y + size * 0.8} ${inner} ${y + tilt + size * 0.32}Z`;
    const ball = s.radial(x, y + size * 0.25, size * 1.25, [
      [0, css(mix(iris, [255, 246, 190], 0.5))],
      [0.55, css(iris)],
      [1, css(scale(iris, 0.35))],
    ]);
    const small = kind.build === 'bigcat' ? 0.33 : 0.44;
    const pupil =
      kind.pupil === 'slit'
        ? ellipse(x, y, size * 0.2, size * 0.84, '#0b0908')
        : ellipse(
            x,
            y - size * 0.05,
            size * (round ? 0.5 : small),
            size * (round ? 0.5 : small + 0.02),
            '#0b0908',
          );
    const liner = feline
      ? line(
          `M${inner} ${y + tilt + size * 0.32}L${inner - m * size * 0.2} ${y + tilt + size * 1.1}`,
          rim,
          size * 0.2,
          'stroke-opacity=".7"',
        )
      : '';
    return [
      path(lid, rim, `stroke="${rim}" stroke-width="${size * 0.34}" stroke-linejoin="round"`),
      `<g ${s.clip(path(lid, '#fff'))}>${ellipse(x, y, size * 1.3, size * 1.2, ball)}${pupil}${path(`M${x - size * 1.4} ${y - size * 1.3}H${x + size * 1.4}V${y - size * 0.42}Q${x} ${y - size * 0.95} ${x - size * 1.4} ${y - size * 0.4}Z`, '#0a0706', 'fill-opacity=".55"')}</g>`,
      liner,
      ellipse(x - size * 0.32, y - size * 0.38, size * 0.2, size * 0.24, '#ffffff', 'fill-opacity=".95"'),
      ellipse(x + size * 0.34, y + size * 0.36, size * 0.1, size * 0.1, '#ffffff', 'fill-opacity=".5"'),
    ].join('');
  });
}

function nose(s: Sketch, kind: Species): string {
  const shape = shapes[kind.build];
  const w = shape.noseSize;
  const y = shape.noseY;
  const mouth = y + w * 1.25;
  const tone = rgb(kind.nose);
  const fill = s.linear(0, y - w * 0.6, 0, y + w * 0.7, [
    [0, css(mix(tone, [255, 255, 255], 0.22))],
    [0.4, css(tone)],
    [1, css(scale(tone, 0.5))],
  ]);
  const dark = '#231815';
  const feline = kind.build === 'cat' || kind.build === 'bigcat' || kind.build === 'rabbit';
  const outline = feline
    ? `M${-w} ${y - w * 0.36}Q0 ${y - w * 0.62} ${w} ${y - w * 0.36}Q${w * 0.82} ${y + w * 0.2} ${w * 0.2} ${y + w * 0.62}Q0 ${y + w * 0.76} ${-w * 0.2} ${y + w * 0.62}Q${-w * 0.82} ${y + w * 0.2} ${-w} ${y - w * 0.36}Z`
    : `M${-w} ${y - w * 0.2}Q${-w * 0.8} ${y - w * 0.72} 0 ${y - w * 0.72}Q${w * 0.8} ${y - w * 0.72} ${w} ${y - w * 0.2}Q${w * 0.9} ${y + w * 0.5} 0 ${y + w * 0.72}Q${-w * 0.9} ${y + w * 0.5} ${-w} ${y - w * 0.2}Z`;
  const corner = w * (kind.build === 'rabbit' ? 1.5 : feline ? 1.9 : 1.75);
  return [
    path(outline, fill, `stroke="${dark}" stroke-opacity=".5" stroke-width="1.4"`),
    twice((m) =>
      path(
        `M${m * w * 0.28} ${y + w * 0.12}Q${m * w * 0.62} ${y - w * 0.12} ${m * w * 0.72} ${y + w * 0.08}Q${m * w * 0.5} ${y + w * 0.3} ${m * w * 0.28} ${y + w * 0.12}Z`,
        '#120c0b',
        'fill-opacity=".8"',
      ),
    ),
    ellipse(0, y - w * 0.42, w * 0.45, w * 0.1, '#ffffff', 'fill-opacity=".3"'),
    line(`M0 ${y + w * 0.66}V${mouth}`, dark, 2.4, 'stroke-opacity=".8"'),
    twice((m) =>
      line(
        `M0 ${mouth}Q${m * corner * 0.4} ${mouth + w * 0.62} ${m * corner} ${mouth + w * 0.12}`,
        dark,
        2.6,
        'stroke-opacity=".8"',
      ),
    ),
    ellipse(0, mouth + w * 0.66, w * 0.8, w * 0.16, dark, 'fill-opacity=".25"'),
    kind.build === 'dog'
      ? path(
          `M${-w * 0.62} ${mouth + w * 0.3}Q0 ${mouth + w * 0.5} ${w * 0.62} ${mouth + w * 0.3}Q${w * 0.6} ${mouth + w * 1.5} 0 ${mouth + w * 1.55}Q${-w * 0.6} ${mouth + w * 1.5} ${-w * 0.62} ${mouth + w * 0.3}Z`,
          '#d8727c',
          'stroke="#7c3038" stroke-width="1.5"',
        ) + line(`M0 ${mouth + w * 0.5}V${mouth + w * 1.2}`, '#a84652', 1.6)
      : '',
  ].join('');
}

function beak(s: Sketch): string {
  return (
    path(
      'M-13 12Q0 -2 13 12Q12 34 0 48Q-12 34 -13 12Z',
      s.linear(-13, 0, 13, 0, [
        [0, '#6f675c'],
        [0.4, '#4b443d'],
        [1, '#211d1a'],
      ]),
    ) + ellipse(-4, 16, 3, 5, '#ffffff', 'fill-opacity=".3"')
  );
}
