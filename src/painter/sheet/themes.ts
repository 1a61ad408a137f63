import type { Sheet } from './sheet.js';

/** Colours of a sheet, as CSS has them. */
export interface Palette {
  readonly paper: string;
  /** Behind a picture, where it is transparent. */
  readonly mat: string;
  readonly ink: string;
  readonly muted: string;
  readonly hairline: string;
  readonly missingPaper: string;
  readonly missingInk: string;
  readonly missingText: string;
}

export const PALETTES: Readonly<Record<Sheet['theme'], Palette>> = {
  light: {
    paper: '#faf9f6',
    mat: '#ffffff',
    ink: '#211f1c',
    muted: '#757068',
    hairline: '#e2ded6',
    missingPaper: '#f3efe8',
    missingInk: '#a0432f',
    missingText: '#5f5a52',
  },
  dark: {
    paper: '#16171a',
    mat: '#222428',
    ink: '#f2f0ec',
    muted: '#98958f',
    hairline: '#303338',
    missingPaper: '#202226',
    missingInk: '#e58b73',
    missingText: '#b9b5ae',
  },
};
