/** A canvas that a route takes, and how a picture is put on it. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** `exact`: scaled to the canvas, whatever its ratio. `contain`: scaled to fit inside, centred, the rest filled. */
  readonly fit: 'exact' | 'contain';
}

/** Where the whole picture lies on the canvas, in the canvas's pixels. */
export interface Placement {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

/**
 * Places a picture. The middle of the canvas, cut to the picture's ratio as `finishPicture` does it, is the picture again:
 * odd rests are split the way sharp's centred crop splits them.
 */
export function placeOn(
  canvas: Canvas,
  picture: { readonly width: number; readonly height: number },
): Placement {
  if (canvas.fit === 'exact') return { width: canvas.width, height: canvas.height, left: 0, top: 0 };
  const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height);
  const width = clamp(Math.round(picture.width * scale), canvas.width);
  const height = clamp(Math.round(picture.height * scale), canvas.height);
  return {
    width,
    height,
    left: Math.floor((canvas.width - width + 1) / 2),
    top: Math.floor((canvas.height - height + 1) / 2),
  };
}

/** The rest of the canvas around a placed picture, as sharp's `extend` takes it. */
export function bordersOf(
  canvas: Canvas,
  place: Placement,
): { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number } {
  return {
    top: place.top,
    bottom: canvas.height - place.height - place.top,
    left: place.left,
    right: canvas.width - place.width - place.left,
  };
}

function clamp(edge: number, longest: number): number {
  return Math.min(longest, Math.max(1, edge));
}
