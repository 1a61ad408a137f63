import type { Model } from '../api/models.js';
import { Chips } from './chips.js';
import { formatSize } from './whereabouts.js';

/** Edge of the box that the proportions are drawn in, in pixels. */
const BOX = 18;

interface SizeChipsProps {
  /** Of the model, or of several. */
  readonly name: string;
  readonly sizes: Model['allowedParams']['sizes'];
  readonly size: string;
  readonly onChange: (size: string) => void;
}

/** The sizes that a model is offered in, each in its proportions. */
export function SizeChips({ name, sizes, size, onChange }: SizeChipsProps) {
  const listed = sizes.map((one) => one.size);
  const shown = size === '' || listed.includes(size) ? listed : [...listed, size];
  const native = sizes.find((one) => one.size === size)?.native;
  return (
    <Chips
      label="Size"
      value={size}
      options={[
        { value: '', label: 'Model’s own' },
        ...shown.map((one) => ({ value: one, label: <SizeLabel size={one} />, spoken: formatSize(one) })),
      ]}
      onChange={onChange}
      hint={
        size !== '' && native === false
          ? `${name} does not render this size itself; the picture is brought to exactly it.`
          : undefined
      }
    />
  );
}

/** A size in its proportions. */
export function SizeLabel({ size }: { readonly size: string }) {
  return (
    <>
      <Proportions size={size} />
      <span className="tabular-nums">{formatSize(size)}</span>
    </>
  );
}

function Proportions({ size }: { readonly size: string }) {
  const [width = 1, height = 1] = size.split('x').map(Number);
  const scale = (BOX - 2) / Math.max(width, height);
  const [w, h] = [Math.max(3, width * scale), Math.max(3, height * scale)];
  return (
    <svg aria-hidden width={BOX} height={BOX} viewBox={`0 0 ${BOX} ${BOX}`} className="shrink-0 text-soft">
      <rect
        x={(BOX - w) / 2}
        y={(BOX - h) / 2}
        width={w}
        height={h}
        rx="1.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
      />
    </svg>
  );
}
