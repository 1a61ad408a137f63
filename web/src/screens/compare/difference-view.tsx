import { useEffect, useMemo, useRef } from 'react';
import { formatSize } from '../../parts/whereabouts.js';
import { differenceOf, type PixelDifference } from './pixel-difference.js';

/** Longer edge in pixels that differences are computed at, at most. */
const MAX_EDGE = 2048;

interface DifferenceViewProps {
  readonly left: ImageBitmap;
  readonly right: ImageBitmap;
}

/** Where two pictures differ, computed in the browser. */
export function DifferenceView({ left, right }: DifferenceViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { difference, width, height } = useMemo(() => compare(left, right), [left, right]);
  useEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(new ImageData(difference.pixels, width, height), 0, 0);
  }, [difference, width, height]);
  const ratio = width / height;
  const scaled = [left, right].some((one) => one.width !== width || one.height !== height);
  return (
    <figure className="flex flex-col items-center gap-3">
      <canvas
        ref={canvas}
        role="img"
        aria-label={differenceWords(difference)}
        width={width}
        height={height}
        style={{ width: `min(100%, calc(var(--stage) * ${ratio}))` }}
        className="rounded-sm shadow-raised"
      />
      <figcaption className="text-center text-sm text-soft">
        <span className="text-ink">{differenceWords(difference)}</span>
        <br />
        Bright is where they differ.{' '}
        {scaled
          ? `Their sizes are not the same: both were fitted into ${formatSize(`${width}x${height}`)} for this.`
          : 'Compared pixel by pixel.'}
      </figcaption>
    </figure>
  );
}

function compare(left: ImageBitmap, right: ImageBitmap) {
  const scale = Math.min(1, MAX_EDGE / Math.max(left.width, left.height));
  const [width, height] = [Math.round(left.width * scale), Math.round(left.height * scale)];
  return { difference: differenceOf(read(left, width, height), read(right, width, height)), width, height };
}

/** The pixels of a picture in the middle of a frame, on white where it is transparent or does not reach. */
function read(bitmap: ImageBitmap, width: number, height: number): Uint8ClampedArray {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return new Uint8ClampedArray(width * height * 4);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  const scale = Math.min(width / bitmap.width, height / bitmap.height);
  const [w, h] = [bitmap.width * scale, bitmap.height * scale];
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h);
  return context.getImageData(0, 0, width, height).data;
}

function differenceWords({ share, mean, greatest }: PixelDifference): string {
  if (share === 0) return 'They are the same, to the pixel.';
  const percent = share < 0.001 ? 'Less than 0.1' : (share * 100).toFixed(1);
  return `${percent} % of the pixels differ, by ${mean.toFixed(1)} of 255 on average and ${greatest} at most.`;
}
