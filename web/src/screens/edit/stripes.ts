const patterns = new WeakMap<HTMLCanvasElement, CanvasPattern>();

/** What marks are painted with: stripes, so that they are told from any picture, also without seeing colours. */
export function stripes(context: CanvasRenderingContext2D): CanvasPattern | string {
  const { canvas } = context;
  const known = patterns.get(canvas);
  if (known !== undefined) return known;
  const side = Math.max(8, Math.round(Math.max(canvas.width, canvas.height) / 48));
  const tile = document.createElement('canvas');
  tile.width = side;
  tile.height = side;
  const drawn = tile.getContext('2d');
  if (drawn === null) return '#c23a16';
  drawn.fillStyle = '#c23a16';
  drawn.fillRect(0, 0, side, side);
  drawn.strokeStyle = '#ffe3d6';
  drawn.lineWidth = side / 5;
  for (const shift of [-side, 0, side]) {
    drawn.beginPath();
    drawn.moveTo(shift - 1, side + 1);
    drawn.lineTo(shift + side + 1, -1);
    drawn.stroke();
  }
  const pattern = context.createPattern(tile, 'repeat');
  if (pattern === null) return '#c23a16';
  patterns.set(canvas, pattern);
  return pattern;
}
