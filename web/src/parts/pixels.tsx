import { useEffect, useRef } from 'react';

interface PixelsProps {
  readonly bitmap: ImageBitmap;
  readonly label: string;
  readonly className?: string;
}

/** A picture that was decoded here. */
export function Pixels({ bitmap, label, className }: PixelsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current?.getContext('2d')?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      width={bitmap.width}
      height={bitmap.height}
      className={className}
    />
  );
}
