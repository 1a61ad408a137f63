import type { Microcredits } from '../credits/microcredits.js';
import type { Sheet, SheetBlock, SheetCell, SheetLabel, SheetRow } from '../painter/sheet/sheet.js';
import type { Thumbnail } from '../pixels/thumbnail.js';
import { arrangeAxes, columnRuns, combinationsOf, rowRuns } from './arrange.js';
import type { Axis, Coordinates } from './axes.js';
import type { ComparisonBody, SheetWish } from './comparison-body.js';
import { errorOf, latencyOf, stateOf, type CellWithGeneration, type WholeComparison } from './comparison.js';
import {
  creditsText,
  describeAxes,
  describeValue,
  durationText,
  labelValue,
  nameOfAxis,
  promptText,
  sizeText,
} from './describe-values.js';
import { plainReason } from './plain-reason.js';

/** Fields of a base that say nothing of how pictures look. */
const UNSEEN: ReadonlySet<string> = new Set([
  'model',
  'prompt',
  'metadata',
  'user',
  'persist',
  'response_format',
  'stream',
  'dry_run',
  'provider_options',
  'fallback',
]);

/**
 * A contact sheet of a comparison, in words and small pictures.
 * @param base the comparison's own request
 * @param thumbnails by position of the cell
 */
export function describeSheet(
  { comparison, cells }: WholeComparison,
  base: ComparisonBody,
  wish: SheetWish,
  thumbnails: ReadonlyMap<number, Thumbnail>,
): Sheet {
  const { axes, counts, charged, createdAt, mode, id } = comparison;
  const arrangement = arrangeAxes(axes);
  const { columns, rows, blocks } = arrangement;
  const pictures = cells.reduce((sum, { generation }) => sum + (generation?.images.length ?? 0), 0);
  const day = createdAt.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
  const described = combinationsOf(blocks).flatMap((fixed) =>
    rowRuns(rows, columnRuns(columns)[0]?.length ?? 0).flatMap((rowRun) =>
      columnRuns(columns).map((columnRun): SheetBlock => ({
        headings: blocks.map((axis) => headingOf(axis, fixed[axis.axis])),
        columns: columns === undefined ? [] : columnRun.map((index) => labelOf(columns, index)),
        rows: (rowRun.length === 0 ? [undefined] : rowRun).map((row): SheetRow => ({
          label: rows === undefined || row === undefined ? undefined : labelOf(rows, row),
          cells: (columnRun.length === 0 ? [undefined] : columnRun).map((column) => {
            const at = {
              ...fixed,
              ...(rows === undefined || row === undefined ? {} : { [rows.axis]: row }),
              ...(columns === undefined || column === undefined ? {} : { [columns.axis]: column }),
            };
            const cell = cells.find(({ coordinates }) => isAt(coordinates, at));
            return describeCell(cell, axes, base, thumbnails);
          }),
        })),
      })),
    ),
  );
  return {
    format: wish.format,
    theme: wish.theme,
    maxEdge: wish.maxEdge,
    title: wish.title ?? describeAxes(axes),
    facts: [
      pictures === 1 ? '1 picture' : `${pictures} pictures`,
      ...(counts.failed === 0 ? [] : [`${counts.failed} failed`]),
      ...(counts.cancelled === 0 ? [] : [`${counts.cancelled} cancelled`]),
      creditsText(charged),
      day,
    ].join('  ·  '),
    constants: [...arrangement.constants.map((axis) => headingOf(axis, 0)), ...constantsOf(base)],
    blocks: described,
    footer: mode === 'test' ? `${id}  ·  test mode: drawn by emulators of the providers` : id,
  };
}

/** True where a cell has all the given places; the other axes have one value only. */
function isAt(coordinates: Coordinates, at: Coordinates): boolean {
  return Object.entries(at).every(([axis, index]) => Reflect.get(coordinates, axis) === index);
}

function headingOf(axis: Axis, index: number | undefined): SheetLabel {
  return { name: nameOfAxis(axis), text: describeValue(axis, axis.values[index ?? 0]) };
}

function labelOf(axis: Axis, index: number): SheetLabel {
  return { name: '', text: labelValue(axis, axis.values[index]) };
}

function constantsOf({ base = {} }: ComparisonBody): readonly SheetLabel[] {
  const settings = Object.entries(base)
    .filter(([field, value]) => !UNSEEN.has(field) && value !== undefined)
    .map(([field, value]) => {
      const text = typeof value === 'string' ? sizeText(value) : JSON.stringify(value);
      if (field === 'n') return `${text} pictures per cell`;
      return `${field.replaceAll('_', ' ')} ${text}`;
    });
  return [
    ...(base.model === undefined ? [] : [{ name: 'Model', text: base.model }]),
    ...(base.prompt === undefined ? [] : [{ name: 'Prompt', text: promptText(base.prompt) }]),
    ...(settings.length === 0 ? [] : [{ name: 'Settings', text: settings.join('  ·  ') }]),
  ];
}

function describeCell(
  cell: CellWithGeneration | undefined,
  axes: readonly Axis[],
  base: ComparisonBody,
  thumbnails: ReadonlyMap<number, Thumbnail>,
): SheetCell {
  const thumbnail = cell === undefined ? undefined : thumbnails.get(cell.position);
  const asked = cell === undefined ? 1 : askedRatio(cell, axes, base);
  if (cell === undefined || thumbnail === undefined) {
    return {
      ratio: asked,
      thumbnail: undefined,
      caption: cell === undefined ? '' : chargedText(cell.generation?.charged ?? 0),
      note: undefined,
      missing: missingOf(cell),
    };
  }
  const latency = latencyOf(cell);
  const count = cell.generation?.images.length ?? 1;
  return {
    ratio: thumbnail.width / thumbnail.height,
    thumbnail: thumbnail.bytes,
    caption: [
      creditsText(cell.generation?.charged ?? 0),
      ...(latency === undefined ? [] : [durationText(latency)]),
      ...(count > 1 ? [`first of ${count}`] : []),
    ].join('  ·  '),
    note: noteOf(cell),
    missing: undefined,
  };
}

function chargedText(charged: Microcredits): string {
  return charged === 0 ? 'nothing charged' : creditsText(charged);
}

/** What differs from the wish. */
function noteOf({ generation }: CellWithGeneration): string | undefined {
  const { result, model } = generation ?? {};
  if (result === undefined) return undefined;
  const served = result.receipt.model;
  const drawn = result.adjustments
    .filter(({ param }) => param === 'size')
    .map(({ sent }) => (typeof sent === 'string' ? sent : undefined))
    .find((sent) => sent !== undefined);
  const params = [
    ...new Set(
      result.adjustments
        .map(({ param }) => param.replaceAll('_', ' '))
        .filter((param) => param !== 'size' || drawn === undefined),
    ),
  ];
  const notes = [
    ...(served === model ? [] : [`made by ${served}`]),
    ...(drawn === undefined ? [] : [`drawn at ${sizeText(drawn)}`]),
    ...(params.length === 0 ? [] : [`adjusted: ${params.join(', ')}`]),
  ];
  return notes.length === 0 ? undefined : notes.join('  ·  ');
}

function missingOf(cell: CellWithGeneration | undefined): SheetCell['missing'] {
  if (cell === undefined) return { title: 'No cell', reason: '' };
  switch (stateOf(cell)) {
    case 'cancelled':
      return { title: 'Cancelled', reason: 'It was given up before it began.' };
    case 'failed':
      return {
        title: cell.generation === undefined ? 'Not possible' : 'Failed',
        reason: plainReason(errorOf(cell)),
      };
    default:
      return { title: 'Gone', reason: 'The picture’s time was over before this sheet was drawn.' };
  }
}

/** Width by height as it was asked for; 1 where it was left to the model. */
function askedRatio(
  { coordinates }: CellWithGeneration,
  axes: readonly Axis[],
  base: ComparisonBody,
): number {
  const sizes = axes.find(({ axis }) => axis === 'size')?.values;
  const { size, aspect_ratio: ratio } = base.base ?? {};
  const chosen = sizes?.[coordinates.size ?? 0] ?? size ?? ratio;
  const text = typeof chosen === 'string' ? chosen : '';
  const match = /^(\d+(?:\.\d+)?)[x×*:/](\d+(?:\.\d+)?)$/i.exec(text);
  return match === null ? 1 : Number(match[1]) / Number(match[2]);
}
