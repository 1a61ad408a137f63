import { css, mix, rgb, scale } from '../colour.js';
import type { Random } from '../random.js';
import { bodyMarkings, headMarkings, twice } from './animal-markings.js';
import { shapes, type Species } from './animal-species.js';
import { ellipse, line, path } from './sketch.js';

/** Mirrors a half outline (absolute M, C coordinates) and closes it. */
function wholeOutline(half: string): string {
  const numbers = half.match(/-?\d+(?:\.\d+)?/gu)?.map(Number) ?? [];
  const back: string[] = [];
  for (let at = numbers.length - 2; at > 0; at -= 6) {
    const part = [1, 2, 3].map(
      (step) => `${-(numbers[at - step * 2] ?? 0)} ${numbers[at - step * 2 + 1] ?? 0}`,
    );
    back.push(`C${part.join(' ')}`);
  }
  return `${half}${back.join('')}Z`;
}

function mirror(markup: string): string {
  return `${markup}<g transform="scale(-1 1)">${markup}</g>`;
}

/** Flat colours of the sitting body. */
export function bodyCoat(kind: Species, random: Random): string {
  if (kind.build === 'owl') return owlBody(kind, random);
  const heavy =
    kind.build === 'bear' ? 1.22 : kind.build === 'bigcat' ? 1.06 : kind.build === 'rabbit' ? 0.94 : 0.94;
  const shadow = css(scale(rgb(kind.legs), 0.55));
  const torso =
    'M0 40C46 44 84 66 104 120C126 170 138 240 142 300C170 330 184 390 176 440C170 474 120 484 80 484L-80 484C-120 484 -170 474 -176 440C-184 390 -170 330 -142 300C-138 240 -126 170 -104 120C-84 66 -46 44 0 40Z';
  const chest = 'M0 70C44 76 66 110 66 170C66 240 46 300 0 320C-46 300 -66 240 -66 170C-66 110 -44 76 0 70Z';
  const leg = (m: 1 | -1): string =>
    path(
      `M${m * 10} 250C${m * 20} 300 ${m * 14} 400 ${m * 12} 452C${m * 6} 478 ${m * 20} 492 ${m * 46} 492C${m * 78} 492 ${m * 88} 476 ${m * 80} 454C${m * 82} 380 ${m * 96} 300 ${m * 92} 240C${m * 60} 226 ${m * 30} 230 ${m * 10} 250Z`,
      kind.legs,
    );
  const paw = (m: 1 | -1): string =>
    ellipse(
      m * 46,
      474,
      42,
      22,
      kind.build === 'canid' ? kind.legs : css(mix(rgb(kind.legs), rgb(kind.pale), 0.5)),
    ) + line(`M${m * 32} 470V488M${m * 46} 472V491M${m * 60} 470V488`, shadow, 2.6);
  const hind = (m: 1 | -1): string =>
    path(
      `M${m * 140} 310C${m * 176} 340 ${m * 192} 400 ${m * 180} 450C${m * 172} 488 ${m * 120} 492 ${m * 96} 486C${m * 84} 440 ${m * 90} 350 ${m * 140} 310Z`,
      css(mix(rgb(kind.coat), rgb(kind.dark), 0.12)),
    ) + ellipse(m * 132, 478, 46, 17, css(mix(rgb(kind.legs), rgb(kind.pale), 0.25)));
  const joint = (m: 1 | -1): string =>
    line(`M${m * 96} 470C${m * 84} 430 ${m * 92} 350 ${m * 138} 312`, shadow, 4, 'stroke-opacity=".5"') +
    line(`M${m * 92} 250C${m * 96} 310 ${m * 84} 400 ${m * 82} 460`, shadow, 4, 'stroke-opacity=".45"');
  const black = kind.markings === 'panda';
  return `<g transform="scale(${heavy} 1)">${tailOf(kind)}${path(torso, kind.coat)}${twice(hind)}${path(chest, black ? kind.coat : kind.pale, kind.build === 'bear' ? 'fill-opacity=".25"' : 'fill-opacity=".92"')}${twice(leg)}${line('M0 300V480', shadow, 9, 'stroke-opacity=".55"')}${twice(joint)}<defs><clipPath id="bodyclip"><path d="${torso}"/></clipPath></defs><g clip-path="url(#bodyclip)">${bodyMarkings(kind, random)}</g>${twice(paw)}</g>`;
}

function tailOf(kind: Species): string {
  if (kind.tail === 'none') return '';
  const thick = kind.tail === 'plume' ? 58 : 32;
  const d = 'M120 470C210 486 262 450 252 392C246 352 226 330 236 296';
  const tip =
    kind.markings === 'mask' ? line('M250 372C244 340 230 324 236 296', kind.pale, thick * 0.8) : '';
  const bands =
    kind.markings === 'rosettes' || kind.markings === 'stripes' || kind.markings === 'tabby'
      ? line(d, kind.dark, thick, 'stroke-dasharray="1 46" stroke-opacity=".75"')
      : '';
  return line(d, kind.coat, thick) + bands + tip;
}

function owlBody(kind: Species, random: Random): string {
  const torso =
    'M0 50C60 54 112 84 128 160C146 270 110 400 60 440L-60 440C-110 400 -146 270 -128 160C-112 84 -60 54 0 50Z';
  const wing = 'M96 90C150 130 166 260 120 430C92 400 74 330 78 240C78 180 82 130 96 90Z';
  return [
    path(torso, css(mix(rgb(kind.pale), rgb(kind.coat), 0.25))),
    path('M-40 420L40 420L26 520L-26 520Z', css(mix(rgb(kind.coat), rgb(kind.dark), 0.35))),
    mirror(path(wing, kind.coat)),
    `<defs><clipPath id="bodyclip"><path d="${torso}"/></clipPath></defs><g clip-path="url(#bodyclip)">${bodyMarkings(kind, random)}</g>`,
    mirror(
      [0, 1, 2, 3]
        .map((n) =>
          line(
            `M${100 + n * 9} ${200 + n * 30}Q${96 + n * 6} ${300 + n * 20} ${106 - n * 2} ${392 - n * 6}`,
            kind.dark,
            4,
            'stroke-opacity=".5"',
          ),
        )
        .join(''),
    ),
    twice((m) => [0, 1, 2].map((n) => ellipse(m * (28 + n * 11), 440, 7, 15, '#d0a25a')).join('')),
  ].join('');
}

/** Flat colours of the head: ears, face, pale muzzle and markings. */
export function headCoat(kind: Species, random: Random): string {
  const shape = shapes[kind.build];
  const earBack =
    kind.markings === 'panda'
      ? kind.dark
      : kind.markings === 'mask'
        ? css(mix(rgb(kind.coat), rgb(kind.dark), 0.55))
        : kind.coat;
  const ears = mirror(
    path(shape.ear, earBack) +
      path(
        shape.inner,
        kind.build === 'dog'
          ? css(scale(rgb(kind.coat), 0.72))
          : css(mix(rgb(kind.pale), [205, 140, 125], kind.build === 'owl' ? 0 : 0.45)),
        kind.markings === 'panda' ? 'fill-opacity="0"' : '',
      ),
  );
  const outline = wholeOutline(shape.head);
  const clip = `<clipPath id="headclip"><path d="${outline}"/></clipPath>`;
  const face = `${path(outline, kind.coat)}<g clip-path="url(#headclip)">${paleFace(kind)}${faceForm(kind)}${headMarkings(kind, random)}</g>`;
  return `<defs>${clip}</defs>${shape.earsInFront ? face + ears : ears + face}`;
}

function paleFace(kind: Species): string {
  const { pale, dark, build } = kind;
  const shape = shapes[build];
  const [wide, y, tall] = shape.muzzle;
  switch (build) {
    case 'cat':
    case 'bigcat':
      return (
        twice((m) => ellipse(m * wide * 0.5, y, wide * 0.62, tall, pale)) +
        ellipse(0, y + 26, 34, 26, pale) +
        twice(
          (m) =>
            ellipse(m * shape.eyeX, shape.eyeY - 22, 20, 9, pale, 'fill-opacity=".75"') +
            ellipse(m * (shape.eyeX + 2), shape.eyeY + 24, 22, 9, pale, 'fill-opacity=".7"') +
            path(`M${m * 102} 20Q${m * 76} 60 ${m * 60} 106L${m * 110} 110Z`, pale, 'fill-opacity=".75"'),
        ) +
        path(
          'M-17 -30Q0 -40 17 -30L21 38L-21 38Z',
          css(mix(rgb(kind.coat), rgb(dark), 0.1)),
          'fill-opacity=".5"',
        )
      );
    case 'canid':
      return (
        path(
          'M0 22C16 24 20 46 30 58C54 44 96 34 136 40L100 74L40 120L-40 120L-100 74L-136 40C-96 34 -54 44 -30 58C-20 46 -16 24 0 22Z',
          pale,
        ) +
        path('M-16 -20Q0 -28 16 -20L22 76Q0 86 -22 76Z', kind.coat) +
        path('M-9 0L9 0L12 70L-12 70Z', dark, 'fill-opacity=".2"') +
        twice((m) => ellipse(m * 36, -24, 13, 6, pale, 'fill-opacity=".5"'))
      );
    case 'dog':
      return (
        path('M-15 -70Q0 -78 15 -70Q17 -10 40 20L-40 20Q-17 -10 -15 -70Z', pale, 'fill-opacity=".55"') +
        ellipse(0, y, wide, tall + 6, pale, 'fill-opacity=".9"') +
        ellipse(0, y + 26, 34, 26, pale)
      );
    case 'bear':
      return (
        ellipse(0, y + 4, wide, tall, pale, 'fill-opacity=".85"') +
        path('M-20 -30Q0 -38 20 -30L30 40L-30 40Z', pale, 'fill-opacity=".4"')
      );
    case 'rabbit':
      return (
        twice(
          (m) =>
            ellipse(m * 17, y + 2, 24, 22, pale) +
            ellipse(m * shape.eyeX, shape.eyeY, 25, 25, pale, 'fill-opacity=".6"'),
        ) + ellipse(0, 76, 26, 18, pale)
      );
    case 'owl':
      return (
        twice(
          (m) =>
            ellipse(m * 42, -4, 52, 58, pale) +
            ellipse(m * 42, -4, 52, 58, 'none', `stroke="${dark}" stroke-width="5"`) +
            ellipse(m * 42, -4, 34, 38, css(mix(rgb(pale), rgb(kind.coat), 0.35))),
        ) + path('M-14 -60Q0 -20 0 14Q0 -20 14 -60Q0 -48 -14 -60Z', dark, 'fill-opacity=".7"')
      );
  }
}

/** Soft lights and shadows that give a face its bones: sockets, bridge, cheeks, muzzle. */
function faceForm(kind: Species): string {
  if (kind.build === 'owl') return '';
  const shape = shapes[kind.build];
  const [wide, y, tall] = shape.muzzle;
  const soft = (id: string, colour: string, opacity: number): string =>
    `<radialGradient id="${id}"><stop offset="0" stop-color="${colour}" stop-opacity="${opacity}"/><stop offset="1" stop-color="${colour}" stop-opacity="0"/></radialGradient>`;
  const defs = `<defs>${soft('socket', '#140c08', 0.62)}${soft('raised', '#ffffff', 0.5)}${soft('hollow', '#140c08', 0.42)}<radialGradient id="turning" gradientUnits="userSpaceOnUse" cx="0" cy="6" r="132"><stop offset="0.55" stop-color="#140c08" stop-opacity="0"/><stop offset="1" stop-color="#140c08" stop-opacity="0.5"/></radialGradient></defs>`;
  return [
    defs,
    ellipse(0, 6, 150, 140, 'url(#turning)'),
    twice((m) =>
      ellipse(m * (shape.eyeX - 2), shape.eyeY, shape.eyeSize * 1.9, shape.eyeSize * 1.5, 'url(#socket)'),
    ),
    twice((m) =>
      ellipse(
        m * 23,
        (shape.eyeY + shape.noseY) / 2 + 4,
        13,
        (shape.noseY - shape.eyeY) * 0.62,
        'url(#hollow)',
      ),
    ),
    ellipse(0, (shape.eyeY + shape.noseY) / 2 - 4, 13, (shape.noseY - shape.eyeY) * 0.7, 'url(#raised)'),
    ellipse(0, -50, 30, 26, 'url(#raised)', 'fill-opacity=".5"'),
    twice((m) => ellipse(m * wide * 0.5, y - 4, wide * 0.46, tall * 0.62, 'url(#raised)')),
    twice((m) => ellipse(m * wide * 0.62, y + tall * 0.86, wide * 0.66, tall * 0.44, 'url(#hollow)')),
    twice((m) => ellipse(m * 70, 26, 24, 22, 'url(#raised)', 'fill-opacity=".45"')),
  ].join('');
}
