import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { cancelComparisonOf, type Cell, type Comparison } from '../../api/comparisons.js';
import { cancelOf } from '../../api/images.js';
import type { Model } from '../../api/models.js';
import { Link } from '../../app/router.js';
import { useApi, useCurrentKey } from '../../app/session.js';
import { Button, QUIET_LINK } from '../../parts/button.js';
import { Credits } from '../../parts/credits.js';
import { Notice } from '../../parts/notice.js';
import { Spinner } from '../../parts/spinner.js';
import { CellGrid } from './cell-grid.js';
import { axesWords, cellWords, superlativesOf } from './cell-words.js';
import { promptWords } from './compare-draft.js';
import { MadeCard } from './made-card.js';
import { PairDialog, type Picked } from './pair-dialog.js';
import { SheetButton } from './sheet-button.js';
import { useComparison } from './use-comparison.js';

interface ComparisonViewProps {
  readonly id: string;
  readonly models: readonly Model[];
  /** Takes its settings into the form. */
  readonly onAgain: (comparison: Comparison) => void;
}

/** A comparison while it fills and afterwards: its grid, its cost, and what can be done with it. */
export function ComparisonView({ id, models, onAgain }: ComparisonViewProps) {
  const { data: comparison, error } = useComparison(id);
  if (error !== null && comparison === undefined) {
    return (
      <div className="m-auto w-full max-w-lg p-6">
        <Notice kind="bad" title="This comparison can not be shown">
          <p>{error.message}</p>
          <Link href="/compare" className="text-seal underline underline-offset-4">
            Begin another one
          </Link>
        </Notice>
      </div>
    );
  }
  if (comparison === undefined) {
    return (
      <div className="p-8">
        <Spinner label="Reading the comparison" />
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-5 px-4 py-6 sm:px-6">
      <Head comparison={comparison} onAgain={onAgain} />
      {comparison.warnings.map((warning) => (
        <Notice key={warning} kind="warn" title={warning} />
      ))}
      <Grid comparison={comparison} models={models} />
    </div>
  );
}

function Head({
  comparison,
  onAgain,
}: Omit<ComparisonViewProps, 'id' | 'models'> & { readonly comparison: Comparison }) {
  const { kind } = useCurrentKey();
  const { axes, cells, status, credits_quoted: quoted, credits_used: used } = comparison;
  const made = cells.filter(({ images }) => images.length > 0).length;
  const open = cells.some((cell) => isOpen(cell));
  return (
    <header className="flex flex-col gap-2">
      <h2 className="line-clamp-3 font-serif text-xl text-balance">{promptWords(comparison)}</h2>
      <p className="text-sm text-soft tabular-nums">
        {axesWords(axes)} · {madeWords(made, cells.length, status)} ·{' '}
        {made > 0 && used === 0 && !open ? 'free' : <Credits amount={used} mode={kind} />}
        {open && (
          <>
            {' '}
            so far, <Credits amount={quoted} mode={kind} /> at most
          </>
        )}
      </p>
      <p role="status" className="sr-only">
        {made === 1 ? 'One picture is there.' : `${made} of ${cells.length} pictures are there.`}
      </p>
      <div className="-ml-2.5 flex flex-wrap items-center gap-1">
        {comparison.sheet !== undefined && (
          <SheetButton fileId={comparison.sheet.file_id} comparisonId={comparison.id} />
        )}
        {status === 'running' && (
          <span className="px-2.5">
            <Spinner label={open ? 'Making the pictures' : 'Drawing the contact sheet'} />
          </span>
        )}
        {open && <StopButton comparison={comparison} />}
        <Button
          look="quiet"
          onClick={() => {
            onAgain(comparison);
          }}
        >
          Use these settings again
        </Button>
        <Link href="/compare" className={QUIET_LINK}>
          All comparisons
        </Link>
      </div>
    </header>
  );
}

function isOpen({ status }: Cell): boolean {
  return status === 'queued' || status === 'running';
}

function madeWords(made: number, all: number, status: Comparison['status']): string {
  if (status === 'failed') return 'no picture was made';
  if (status === 'cancelled') return `stopped, ${made} of ${all} pictures were made`;
  return made === all ? `${all} pictures` : `${made} of ${all} pictures`;
}

function StopButton({ comparison: { id, cells } }: { readonly comparison: Comparison }) {
  const { id: keyId } = useCurrentKey();
  const api = useApi();
  const client = useQueryClient();
  const stop = useMutation({
    mutationFn: async () => {
      const { cells: left } = await api(cancelComparisonOf(id));
      // What was being made goes on by itself, unless it is told.
      const running = left.flatMap((cell) => (isOpen(cell) ? (cell.generation_id ?? []) : []));
      await Promise.all(running.map((generation) => api(cancelOf(generation))));
    },
    onSettled: () => {
      for (const name of ['comparison', 'credits']) {
        void client.invalidateQueries({ queryKey: [keyId, name] });
      }
    },
  });
  return (
    <>
      <Button
        look="quiet"
        aria-disabled={stop.isPending}
        title="What is not there yet is given up. What was delivered stays and is charged."
        onClick={() => {
          if (!stop.isPending) stop.mutate();
        }}
      >
        {stop.isPending
          ? 'Stopping…'
          : cells.some(({ images }) => images.length > 0)
            ? 'Stop the rest'
            : 'Stop'}
      </Button>
      {stop.isError && (
        <p role="alert" className="text-sm text-bad">
          {stop.error.message}
        </p>
      )}
    </>
  );
}

function Grid({
  comparison,
  models,
}: {
  readonly comparison: Comparison;
  readonly models: readonly Model[];
}) {
  const [first, setFirst] = useState<Picked>();
  const [pair, setPair] = useState<readonly [Picked, Picked]>();
  const { axes, cells, base } = comparison;
  const best = superlativesOf(comparison.status === 'running' ? [] : cells);
  const sizes = axes.find(({ axis }) => axis === 'size')?.values;
  const sizeOf = ({ coordinates }: Cell) => {
    const size = sizes?.[coordinates.size ?? 0] ?? base.size;
    return typeof size === 'string' ? size : undefined;
  };
  const several = cells.filter(({ images }) => images.length > 0).length > 1;
  return (
    <>
      <p className="min-h-5 text-sm text-soft" aria-live="polite">
        {first === undefined ? (
          several && 'Click two pictures to lay them over each other.'
        ) : (
          <>
            <span className="text-ink">{first.name}</span> is picked. Click another one to lay over it.{' '}
            <button
              type="button"
              className="rounded-sm text-seal underline underline-offset-4"
              onClick={() => {
                setFirst(undefined);
              }}
            >
              Pick none
            </button>
          </>
        )}
      </p>
      <CellGrid
        axes={axes}
        cells={cells}
        models={models}
        show={(cell, label) => {
          const name = cellWords(axes, cell.coordinates, models);
          return (
            <MadeCard
              cell={cell}
              label={label}
              name={name}
              size={sizeOf(cell)}
              comparisonId={comparison.id}
              best={best.get(cell.index) ?? []}
              picked={first?.picture.id}
              onPick={(picture) => {
                if (first === undefined) setFirst({ picture, name });
                else {
                  setFirst(undefined);
                  // The same one again is not picked any more.
                  if (first.picture.id !== picture.id) setPair([first, { picture, name }]);
                }
              }}
            />
          );
        }}
      />
      <PairDialog
        pair={pair}
        onClose={() => {
          setPair(undefined);
        }}
      />
    </>
  );
}
