/** The key of the objects that stand for pictures in a parsed value; a body that has it itself is refused. */
export const PICTURE_KEY = '$picture';

/** What to do with a string: keep it, decode it, or decode it only when it begins with `data:image/…;base64,`. */
export type PictureDecision = boolean | 'if_data_url';

export interface ScanOptions {
  /** Called once for every string value. The path is only valid during the call. */
  isPicture(path: readonly (string | number)[]): PictureDecision;
  /** Bound on everything that is not picture bytes: keys, numbers, other strings, white space. */
  readonly maxRestBytes: number;
  /** Most containers inside one another; 64 unless told. */
  readonly maxDepth?: number;
  /** Most pictures of one body; 256 unless told. */
  readonly maxPictures?: number;
}

/** What a chunk brought for the pictures, in order: between `open` and `close` all belongs to one picture. */
export type PictureStep =
  | { readonly type: 'open'; readonly path: readonly (string | number)[] }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  /** The next characters of the picture's base64; undefined: they can't be given, from the first one on. */
  | { readonly type: 'text'; readonly text: Buffer | undefined }
  | { readonly type: 'close' };
