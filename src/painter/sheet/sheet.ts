/** A contact sheet: pictures side by side, each with its labels. Plain data that a drawing thread can be given. */

export const SHEET_FORMATS = ['webp', 'png'] as const;
export const SHEET_THEMES = ['light', 'dark'] as const;

/** What a contact sheet shows. Texts are cut where they are longer than their place. */
export interface Sheet {
  readonly format: (typeof SHEET_FORMATS)[number];
  readonly theme: (typeof SHEET_THEMES)[number];
  /** Longer edge at most, in pixels. */
  readonly maxEdge: number;
  readonly title: string;
  /** One line below the title. */
  readonly facts: string;
  /** What is the same for all pictures. */
  readonly constants: readonly SheetLabel[];
  readonly blocks: readonly SheetBlock[];
  readonly footer: string;
}

/** A value with the name of what it is a value of. */
export interface SheetLabel {
  readonly name: string;
  readonly text: string;
}

/** A grid below a heading of its own. */
export interface SheetBlock {
  /** Empty where there is one block only. */
  readonly headings: readonly SheetLabel[];
  readonly columns: readonly SheetLabel[];
  readonly rows: readonly SheetRow[];
}

export interface SheetRow {
  /** undefined: the only row of its block. */
  readonly label: SheetLabel | undefined;
  /** One for each column. */
  readonly cells: readonly SheetCell[];
}

/** A picture with its price and time, or why there is none. */
export interface SheetCell {
  /** Width divided by height of the picture, or of the one that was asked for. */
  readonly ratio: number;
  /** A small version of the picture: PNG. */
  readonly thumbnail: Uint8Array | undefined;
  /** Below the picture. */
  readonly caption: string;
  /** What else is to be known, in smaller letters. */
  readonly note: string | undefined;
  /** In the place of the picture. */
  readonly missing: { readonly title: string; readonly reason: string } | undefined;
}

/** A sheet as it was drawn. */
export interface DrawnSheet {
  readonly bytes: Uint8Array;
  readonly mimeType: 'image/webp' | 'image/png';
  readonly width: number;
  readonly height: number;
}
