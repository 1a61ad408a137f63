import type { SubjectKind } from '../vocabulary/subjects.js';

export type PortraitKind = Extract<
  SubjectKind,
  | 'cat'
  | 'dog'
  | 'wolf'
  | 'fox'
  | 'bear'
  | 'polar-bear'
  | 'panda'
  | 'leopard'
  | 'snow-leopard'
  | 'tiger'
  | 'lion'
  | 'rabbit'
  | 'owl'
>;

/** Proportions and colours of an animal seen from the front. The head's middle is (0, 0), its half width about 100. */
export interface Species {
  readonly build: 'cat' | 'bigcat' | 'canid' | 'dog' | 'bear' | 'rabbit' | 'owl';
  readonly coat: string;
  /** Lower face, chest and belly. */
  readonly pale: string;
  readonly dark: string;
  readonly legs: string;
  readonly eye: string;
  readonly nose: string;
  readonly pupil: 'slit' | 'round';
  readonly markings:
    'none' | 'tabby' | 'rosettes' | 'spots' | 'stripes' | 'mane' | 'mask' | 'panda' | 'feathers';
  readonly furLength: number;
  readonly tail: 'none' | 'plume' | 'long';
}

export const species: Readonly<Record<PortraitKind, Species>> = {
  cat: {
    build: 'cat',
    coat: '#c98f52',
    pale: '#f5eadb',
    dark: '#7b4a23',
    legs: '#cf9a62',
    eye: '#9fb548',
    nose: '#d88a80',
    pupil: 'slit',
    markings: 'tabby',
    furLength: 1,
    tail: 'long',
  },
  dog: {
    build: 'dog',
    coat: '#d6a660',
    pale: '#f3e3c4',
    dark: '#a87537',
    legs: '#dcb173',
    eye: '#5b3a1e',
    nose: '#2a2425',
    pupil: 'round',
    markings: 'none',
    furLength: 1,
    tail: 'none',
  },
  wolf: {
    build: 'canid',
    coat: '#8b8b8c',
    pale: '#e9e6de',
    dark: '#48484d',
    legs: '#b9b5ac',
    eye: '#d9a53c',
    nose: '#222022',
    pupil: 'round',
    markings: 'mask',
    furLength: 1.35,
    tail: 'plume',
  },
  fox: {
    build: 'canid',
    coat: '#d2691e',
    pale: '#f8f0e4',
    dark: '#8f3f12',
    legs: '#33231d',
    eye: '#d0902c',
    nose: '#1f1a1b',
    pupil: 'slit',
    markings: 'mask',
    furLength: 1.15,
    tail: 'plume',
  },
  bear: {
    build: 'bear',
    coat: '#6b4630',
    pale: '#a9805a',
    dark: '#3d271b',
    legs: '#4d3223',
    eye: '#3a2416',
    nose: '#1d1718',
    pupil: 'round',
    markings: 'none',
    furLength: 1.3,
    tail: 'none',
  },
  'polar-bear': {
    build: 'bear',
    coat: '#efeadd',
    pale: '#faf7ee',
    dark: '#c9c0ab',
    legs: '#e9e2d2',
    eye: '#2a201a',
    nose: '#1b191b',
    pupil: 'round',
    markings: 'none',
    furLength: 1.2,
    tail: 'none',
  },
  panda: {
    build: 'bear',
    coat: '#f4f1ea',
    pale: '#fbf9f4',
    dark: '#26252a',
    legs: '#26252a',
    eye: '#2f221a',
    nose: '#1b191b',
    pupil: 'round',
    markings: 'panda',
    furLength: 1.1,
    tail: 'none',
  },
  leopard: {
    build: 'bigcat',
    coat: '#d8a157',
    pale: '#f6ead2',
    dark: '#2b2119',
    legs: '#dcaa63',
    eye: '#b9a24a',
    nose: '#b8776a',
    pupil: 'round',
    markings: 'rosettes',
    furLength: 0.9,
    tail: 'long',
  },
  'snow-leopard': {
    build: 'bigcat',
    coat: '#cfd0d2',
    pale: '#fbfbfa',
    dark: '#34333a',
    legs: '#dcdcdc',
    eye: '#a9bfa6',
    nose: '#b98a86',
    pupil: 'round',
    markings: 'rosettes',
    furLength: 1.25,
    tail: 'plume',
  },
  tiger: {
    build: 'bigcat',
    coat: '#d97d27',
    pale: '#faf3e6',
    dark: '#1f1a18',
    legs: '#dd8a39',
    eye: '#c9a23c',
    nose: '#c98377',
    pupil: 'round',
    markings: 'stripes',
    furLength: 1,
    tail: 'long',
  },
  lion: {
    build: 'bigcat',
    coat: '#cf9f5f',
    pale: '#efdcb8',
    dark: '#5e3819',
    legs: '#d3a768',
    eye: '#b98a34',
    nose: '#6d4a42',
    pupil: 'round',
    markings: 'mane',
    furLength: 0.9,
    tail: 'long',
  },
  rabbit: {
    build: 'rabbit',
    coat: '#a98a6b',
    pale: '#efe6d8',
    dark: '#6f573f',
    legs: '#b89a7b',
    eye: '#2e1d14',
    nose: '#c98d86',
    pupil: 'round',
    markings: 'none',
    furLength: 1,
    tail: 'none',
  },
  owl: {
    build: 'owl',
    coat: '#8b6b49',
    pale: '#e8d9bd',
    dark: '#4a3421',
    legs: '#c9a878',
    eye: '#eaa021',
    nose: '#3b352f',
    pupil: 'round',
    markings: 'feathers',
    furLength: 0.9,
    tail: 'none',
  },
};

interface Shape {
  /** Right half of the head, from the crown down to the chin, ending on the axis. */
  readonly head: string;
  /** The right ear and its inner side. */
  readonly ear: string;
  readonly inner: string;
  readonly earsInFront: boolean;
  readonly eyeX: number;
  readonly eyeY: number;
  readonly eyeSize: number;
  readonly noseY: number;
  readonly noseSize: number;
  /** Half width and middle of the muzzle. */
  readonly muzzle: readonly [width: number, y: number, height: number];
}

/** Half outlines are mirrored by the painter, so every number is on the animal's left, our right. */
export const shapes: Readonly<Record<Species['build'], Shape>> = {
  cat: {
    head: 'M0 -84C34 -86 66 -76 84 -46C100 -16 106 16 92 44C74 72 40 88 0 90',
    ear: 'M28 -76C44 -108 66 -140 84 -150C96 -120 98 -82 92 -34C78 -60 54 -74 28 -76Z',
    inner: 'M46 -80C58 -104 70 -122 79 -130C87 -106 88 -80 85 -56C76 -70 62 -78 46 -80Z',
    earsInFront: false,
    eyeX: 41,
    eyeY: -4,
    eyeSize: 21,
    noseY: 34,
    noseSize: 13,
    muzzle: [40, 50, 27],
  },
  bigcat: {
    head: 'M0 -84C36 -87 70 -76 86 -44C98 -18 104 18 96 46C86 78 58 108 0 112',
    ear: 'M50 -72C54 -102 84 -114 101 -95C113 -78 106 -48 90 -34C80 -52 66 -66 50 -72Z',
    inner: 'M64 -72C69 -92 86 -99 95 -86C102 -74 98 -58 89 -48C83 -58 74 -68 64 -72Z',
    earsInFront: false,
    eyeX: 39,
    eyeY: -12,
    eyeSize: 13.5,
    noseY: 42,
    noseSize: 21,
    muzzle: [50, 66, 34],
  },
  canid: {
    head: 'M0 -72C30 -75 58 -66 74 -40C86 -16 106 10 132 40C104 46 84 58 60 72C40 92 22 110 0 112',
    ear: 'M22 -66C36 -108 60 -150 82 -168C98 -130 100 -80 84 -30C70 -54 48 -64 22 -66Z',
    inner: 'M42 -72C52 -104 66 -130 79 -144C88 -116 88 -82 80 -54C70 -66 58 -72 42 -72Z',
    earsInFront: false,
    eyeX: 40,
    eyeY: -4,
    eyeSize: 14,
    noseY: 70,
    noseSize: 17,
    muzzle: [32, 74, 34],
  },
  dog: {
    head: 'M0 -84C38 -86 70 -72 82 -40C90 -10 88 24 76 50C62 84 38 108 0 112',
    ear: 'M56 -70C88 -82 112 -58 116 -16C118 24 104 58 86 60C68 56 62 20 64 -20C64 -44 60 -60 56 -70Z',
    inner: 'M70 -52C88 -56 100 -38 102 -8C104 20 96 40 88 44C78 30 74 0 74 -22C74 -36 72 -46 70 -52Z',
    earsInFront: true,
    eyeX: 37,
    eyeY: -8,
    eyeSize: 15,
    noseY: 46,
    noseSize: 21,
    muzzle: [46, 64, 42],
  },
  bear: {
    head: 'M0 -88C44 -92 84 -70 96 -28C104 12 96 52 72 80C50 102 24 108 0 108',
    ear: 'M52 -74C56 -112 96 -122 112 -96C124 -70 108 -40 86 -34C78 -52 66 -66 52 -74Z',
    inner: 'M68 -74C74 -96 96 -98 102 -82C106 -66 98 -54 86 -50C82 -60 76 -68 68 -74Z',
    earsInFront: false,
    eyeX: 36,
    eyeY: -14,
    eyeSize: 11,
    noseY: 34,
    noseSize: 24,
    muzzle: [46, 54, 42],
  },
  rabbit: {
    head: 'M0 -76C36 -78 62 -54 70 -14C84 20 80 58 54 80C34 92 16 94 0 94',
    ear: 'M10 -66C10 -130 18 -220 46 -252C72 -224 74 -140 48 -58C36 -66 24 -68 10 -66Z',
    inner: 'M26 -78C26 -130 32 -196 46 -222C60 -196 60 -130 44 -76C38 -78 32 -80 26 -78Z',
    earsInFront: false,
    eyeX: 48,
    eyeY: -10,
    eyeSize: 16,
    noseY: 36,
    noseSize: 10,
    muzzle: [36, 50, 26],
  },
  owl: {
    head: 'M0 -84C40 -88 84 -76 100 -34C108 6 100 48 76 74C50 92 24 96 0 96',
    ear: 'M44 -70C66 -92 88 -110 112 -128C110 -96 104 -64 92 -36C78 -52 62 -62 44 -70Z',
    inner: 'M64 -72C78 -86 92 -98 104 -108C102 -88 98 -70 92 -54C84 -62 74 -68 64 -72Z',
    earsInFront: false,
    eyeX: 43,
    eyeY: -6,
    eyeSize: 29,
    noseY: 20,
    noseSize: 14,
    muzzle: [0, 0, 0],
  },
};
