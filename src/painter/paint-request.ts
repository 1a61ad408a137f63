import type { XmpFacts } from '../pixels/xmp.js';
import type { Understood } from './understood.js';

export type PaintFormat = 'png' | 'jpeg' | 'webp' | 'avif';

export interface PaintRequest {
  readonly prompt: string;
  /** Things not to draw; pieces of a negative prompt belong here too. */
  readonly avoid: readonly string[];
  readonly width: number;
  readonly height: number;
  /** 0 to 2^53-1; 0 is a seed like any other. */
  readonly seed: number;
  /** `plain` is a cheap stand-in for tests; `full` is the picture. */
  readonly detail: 'full' | 'plain';
  readonly format: PaintFormat;
  /** 1 to 100 for lossy formats; ignored for PNG. */
  readonly quality: number | undefined;
  /** Name of the emulated model, lettered small in a corner. */
  readonly label: string | undefined;
  /** Draw the subject alone on transparency. JPEG can't carry it and gets white instead. */
  readonly transparent: boolean;
  readonly xmp: XmpFacts | undefined;
}

export interface Painting {
  readonly bytes: Uint8Array;
  readonly mimeType: string;
  readonly width: number;
  readonly height: number;
  /** What was read from the prompt. */
  readonly understood: Understood;
}
