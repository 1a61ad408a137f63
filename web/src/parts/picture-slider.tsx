import { useState } from 'react';
import { Pixels } from './pixels.js';

/** Words for the two sides. */
interface Sides {
  readonly left: string;
  readonly right: string;
}

interface PictureSliderProps {
  readonly left: ImageBitmap;
  readonly right: {
    readonly url: string;
    readonly width: number;
    readonly height: number;
    readonly alt: string;
  };
  readonly names: Sides;
  /** Of the slider, for those who don't see it. */
  readonly label: string;
  /** How the left one lies in the frame of the right one. */
  readonly fit?: 'fill' | 'contain';
}

/** Two pictures over each other, with an edge between them that is moved by pointer or arrow keys. */
export function PictureSlider({ left, right, names, label, fit = 'fill' }: PictureSliderProps) {
  const [share, setShare] = useState(50);
  const ratio = right.width / right.height;
  return (
    <figure
      style={{ aspectRatio: ratio, width: `min(100%, calc(var(--stage, 62dvh) * ${ratio}))` }}
      className="relative mx-auto overflow-hidden rounded-sm shadow-raised select-none has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-seal"
    >
      <img
        src={right.url}
        alt={right.alt}
        className="absolute inset-0 size-full object-fill"
        draggable={false}
      />
      <div className="absolute inset-0" style={{ clipPath: `inset(0 ${100 - share}% 0 0)` }}>
        <Pixels
          bitmap={left}
          label={names.left}
          className={`size-full ${fit === 'fill' ? 'object-fill' : 'bg-well object-contain'}`}
        />
      </div>
      <span
        aria-hidden
        className="absolute inset-y-0 w-0.5 -translate-x-1/2 bg-white shadow-[0_0_3px_rgb(0_0_0/0.7)]"
        style={{ left: `${share}%` }}
      >
        <span className="absolute top-1/2 left-1/2 grid size-9 -translate-1/2 place-items-center rounded-full bg-white text-sm text-black shadow-raised">
          ↔
        </span>
      </span>
      <span
        aria-hidden
        className="absolute bottom-2 left-2 max-w-[45%] truncate rounded-sm bg-black/75 px-2 py-0.5 text-xs text-white"
      >
        {names.left}
      </span>
      <span
        aria-hidden
        className="absolute right-2 bottom-2 max-w-[45%] truncate rounded-sm bg-black/75 px-2 py-0.5 text-xs text-white"
      >
        {names.right}
      </span>
      <input
        type="range"
        aria-label={label}
        aria-valuetext={`${share} % ${names.left}, ${100 - share} % ${names.right}`}
        min={0}
        max={100}
        value={share}
        onChange={(event) => {
          setShare(event.target.valueAsNumber);
        }}
        className="absolute inset-0 size-full cursor-ew-resize opacity-0"
      />
    </figure>
  );
}
