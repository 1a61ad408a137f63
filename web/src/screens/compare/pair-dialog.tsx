import { Dialog } from '@base-ui/react/dialog';
import { useState } from 'react';
import type { CellPicture } from '../../api/comparisons.js';
import { Button } from '../../parts/button.js';
import { DIALOG_BACKDROP, DIALOG_POPUP } from '../../parts/dialog-look.js';
import { Notice } from '../../parts/notice.js';
import { PictureSlider } from '../../parts/picture-slider.js';
import { Pixels } from '../../parts/pixels.js';
import { Segmented } from '../../parts/segmented.js';
import { Spinner } from '../../parts/spinner.js';
import { usePixels } from '../../parts/use-pixels.js';
import { DifferenceView } from './difference-view.js';

/** Shapes that differ less than this are laid over each other as they are. */
const SAME_SHAPE = 0.02;

/** A picture with everything that it is told by. */
export interface Picked {
  readonly picture: CellPicture;
  readonly name: string;
}

const VIEWS = [
  { value: 'slider', label: 'Slider' },
  { value: 'difference', label: 'Difference' },
  { value: 'beside', label: 'Side by side' },
] as const;
type View = (typeof VIEWS)[number]['value'];

interface PairDialogProps {
  /** undefined: closed. */
  readonly pair: readonly [Picked, Picked] | undefined;
  readonly onClose: () => void;
}

/** Two pictures laid over each other, or what differs between them. */
export function PairDialog({ pair, onClose }: PairDialogProps) {
  const [view, setView] = useState<View>('slider');
  return (
    <Dialog.Root
      open={pair !== undefined}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className={DIALOG_BACKDROP} />
        <Dialog.Popup
          className={`${DIALOG_POPUP} [--stage:58dvh] sm:max-h-[96dvh] sm:w-[min(76rem,calc(100vw-2rem))] sm:[--stage:70dvh]`}
        >
          <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-5 py-3">
            <Dialog.Title className="sr-only">Two pictures</Dialog.Title>
            <Segmented label="How they are shown" value={view} options={VIEWS} onChange={setView} />
            {pair !== undefined && (
              <Dialog.Description className="order-last line-clamp-2 w-full text-sm sm:order-none sm:w-auto sm:flex-1">
                {pair[0].name} <span className="text-soft">and</span> {pair[1].name}
              </Dialog.Description>
            )}
            <Dialog.Close render={<Button className="ml-auto">Close</Button>} />
          </div>
          <div className="overflow-y-auto p-4 sm:p-5">
            {pair !== undefined && <Pair left={pair[0]} right={pair[1]} view={view} />}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface PairProps {
  readonly left: Picked;
  readonly right: Picked;
  readonly view: View;
}

function Pair({ left, right, view }: PairProps) {
  const [first, second] = [
    usePixels({ kind: 'image', id: left.picture.id }),
    usePixels({ kind: 'image', id: right.picture.id }),
  ];
  const error = first.error ?? second.error;
  if (error !== null) {
    return (
      <Notice kind="bad" title="The pictures can not be laid over each other">
        <p>{error.message}</p>
      </Notice>
    );
  }
  if (first.data === undefined || second.data === undefined) return <Spinner label="Loading the pictures" />;
  switch (view) {
    case 'slider':
      return <Slider {...{ left, right }} bitmap={first.data} />;
    case 'difference':
      return <DifferenceView left={first.data} right={second.data} />;
    case 'beside':
      return (
        <div className="grid grid-cols-2 items-start gap-3">
          <Pixels bitmap={first.data} label={left.name} className="max-h-(--stage) w-full object-contain" />
          <Pixels bitmap={second.data} label={right.name} className="max-h-(--stage) w-full object-contain" />
        </div>
      );
  }
}

function Slider({ left, right, bitmap }: Omit<PairProps, 'view'> & { readonly bitmap: ImageBitmap }) {
  const { url, width, height } = right.picture;
  if (url === undefined) return <p className="text-soft">The picture was not kept, and its time is over.</p>;
  const shapes = bitmap.width / bitmap.height / (width / height);
  const alike = Math.abs(shapes - 1) < SAME_SHAPE;
  return (
    <>
      <PictureSlider
        left={bitmap}
        right={{ url, width, height, alt: right.name }}
        names={{ left: left.name, right: right.name }}
        label={`How much of ${left.name} is shown`}
        fit={alike ? 'fill' : 'contain'}
      />
      {!alike && (
        <p className="mt-3 text-center text-sm text-soft">
          They have different shapes: {left.name} is fitted into the frame of {right.name}.
        </p>
      )}
    </>
  );
}
