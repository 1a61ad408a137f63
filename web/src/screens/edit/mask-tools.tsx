import type { ReactNode } from 'react';
import { Segmented } from '../../parts/segmented.js';

export type Tool = 'brush' | 'eraser' | 'rectangle';
const TOOLS = [
  { value: 'brush', label: 'Brush' },
  { value: 'eraser', label: 'Eraser' },
  { value: 'rectangle', label: 'Rectangle' },
] as const;

interface MaskToolsProps {
  readonly tool: Tool;
  readonly onTool: (tool: Tool) => void;
  /** Share of the longer side, in thousandths. */
  readonly size: number;
  readonly onSize: (size: number) => void;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly onUndo: () => void;
  readonly onRedo: () => void;
  readonly onInvert: () => void;
  readonly onClear: () => void;
  readonly onZoom: (step: -1 | 0 | 1) => void;
}

export const LEAST_SIZE = 4;
export const MOST_SIZE = 250;

/** What a mask is painted with. */
export function MaskTools(props: MaskToolsProps) {
  return (
    <div
      role="group"
      aria-label="Tools of the mask"
      className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-2 sm:px-6"
    >
      <Segmented label="Tool" value={props.tool} options={TOOLS} onChange={props.onTool} />
      <label className="flex items-center gap-2 text-sm text-soft">
        Size
        <input
          type="range"
          min={LEAST_SIZE}
          max={MOST_SIZE}
          value={props.size}
          aria-disabled={props.tool === 'rectangle'}
          onChange={(event) => {
            props.onSize(event.target.valueAsNumber);
          }}
          className="w-24 aria-disabled:opacity-50"
        />
      </label>
      <span className="flex">
        <ToolButton off={!props.canUndo} onClick={props.onUndo}>
          Undo
        </ToolButton>
        <ToolButton off={!props.canRedo} onClick={props.onRedo}>
          Redo
        </ToolButton>
        <ToolButton onClick={props.onInvert}>Invert</ToolButton>
        <ToolButton off={!props.canUndo} onClick={props.onClear}>
          Clear
        </ToolButton>
      </span>
      <span className="ml-auto flex" role="group" aria-label="Zoom">
        <ToolButton
          label="Zoom out"
          onClick={() => {
            props.onZoom(-1);
          }}
        >
          −
        </ToolButton>
        <ToolButton
          onClick={() => {
            props.onZoom(0);
          }}
        >
          Fit
        </ToolButton>
        <ToolButton
          label="Zoom in"
          onClick={() => {
            props.onZoom(1);
          }}
        >
          +
        </ToolButton>
      </span>
    </div>
  );
}

interface ToolButtonProps {
  readonly label?: string;
  readonly off?: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

function ToolButton({ label, off = false, onClick, children }: ToolButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-disabled={off}
      onClick={() => {
        if (!off) onClick();
      }}
      className="min-h-9 min-w-9 rounded-md px-2.5 text-sm text-soft not-aria-disabled:hover:bg-hover not-aria-disabled:hover:text-ink aria-disabled:opacity-55"
    >
      {children}
    </button>
  );
}
