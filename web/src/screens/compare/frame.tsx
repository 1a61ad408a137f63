import type { ReactNode } from 'react';

interface FrameProps {
  /** Width by height, `1024x768`; 1:1 where it is not known. */
  readonly size: string | undefined;
  readonly look: string;
  /** How much of the height of the screen it takes at most, in percent. */
  readonly most?: number;
  readonly children?: ReactNode;
}

/** The place of a picture, in its proportions and never higher than the screen shows. */
export function Frame({ size, look, most = 58, children }: FrameProps) {
  const [width = 1, height = 1] = /^\d+x\d+$/.test(size ?? '') ? (size ?? '').split('x').map(Number) : [];
  return (
    <div
      style={{ aspectRatio: `${width} / ${height}`, width: `min(100%, ${(most * width) / height}dvh)` }}
      className={`overflow-hidden rounded-sm ${look}`}
    >
      {children}
    </div>
  );
}
