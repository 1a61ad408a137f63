import { Canvas } from '../canvas.js';
import { letterLabel } from '../captions.js';
import { EditSourceError, type EditRequest } from '../edit-request.js';
import { encodeRaster } from '../encode.js';
import { paintedSize } from '../paint-full.js';
import type { Plane } from '../styles/planes.js';
import { changePicture } from './change-picture.js';
import { borrowColours } from './colours.js';
import { fillFromAround } from './fill.js';
import { takeFringe } from './fringe.js';
import { loadMask, loadSource, resizePixels, toCanvas, type Pixels } from './load-source.js';
import { boxOf, featherInwards, findBackground } from './masks.js';
import { mergeEdited } from './merge.js';
import type { Instruction } from './read-instruction.js';
import { repaintScene, repaintSubject } from './repaint.js';

/** Edits for real. Throws EditSourceError for pictures that can't be decoded. */
export async function editFull(request: EditRequest, instruction: Instruction): Promise<Uint8Array> {
  const [first] = request.sources;
  if (first === undefined) throw new EditSourceError('An edit needs a picture to start from.');
  const full = await loadSource(first, request.width, request.height, 'source');
  const size = sheetSize(request, instruction);
  const edited = await toCanvas(full, size.width, size.height);
  const before = new Canvas(size.width, size.height);
  before.data.set(edited.data);
  const region = await regionOf(request, instruction, edited);
  const kind = kindOf(instruction, region);
  await carryOut(kind, edited, region?.plane, instruction, request);
  await lendColours(edited, instruction, request, kind);
  const weight =
    region === undefined
      ? undefined
      : region.given
        ? featherInwards(region.plane, edited.width, edited.height, featherOf(kind, region.plane, edited))
        : region.plane;
  const mask = request.mask === undefined ? undefined : await loadMask(request.mask, full.width, full.height);
  await mergeEdited(full, before, edited, {
    weight,
    mask,
    detail: kind === 'change' && instruction.edit.style === undefined ? detailKept(before, edited) : 0,
    hardEdges: instruction.edit.style === 'pixel',
  });
  const clear = clearAround(request, instruction, full, before, weight, kind);
  if (request.label !== undefined && request.label.trim() !== '') await layLabel(full, request.label);
  const transparent = request.transparent || full.hasAlpha || clear;
  return encodeRaster(
    { data: full.data, width: full.width, height: full.height, channels: 4, hardEdges: false },
    { ...request, transparent },
  );
}

/** Manners draw strokes and need room for them; other edits work on a small picture as it is. */
function sheetSize(
  request: EditRequest,
  instruction: Instruction,
): { readonly width: number; readonly height: number } {
  const { width, height } = request;
  const painted = paintedSize(width, height);
  return instruction.edit.style === undefined && painted.width > width ? { width, height } : painted;
}

type EditKind = 'change' | 'scene' | 'subject' | 'fill';

interface Region {
  readonly plane: Plane;
  /** A mask came with the request; otherwise the region was found in the picture. */
  readonly given: boolean;
}

async function regionOf(
  request: EditRequest,
  instruction: Instruction,
  canvas: Canvas,
): Promise<Region | undefined> {
  if (request.mask !== undefined)
    return { plane: await loadMask(request.mask, canvas.width, canvas.height), given: true };
  const replaces = instruction.edit.background && !instruction.edit.unread;
  const lent = instruction.edit.background && request.sources.length > 1;
  if (!replaces && !lent && !instruction.edit.removes) return undefined;
  if (!instruction.edit.background) return undefined;
  const plane = findBackground(canvas);
  if (plane === undefined) return undefined;
  takeFringe(canvas, plane);
  return { plane, given: false };
}

function kindOf(instruction: Instruction, region: Region | undefined): EditKind {
  if (region === undefined) return 'change';
  const { edit, settings, subjects } = instruction;
  if (edit.background || settings.length > 0) return 'scene';
  if (subjects.length > 0) return 'subject';
  return edit.removes ? 'fill' : 'change';
}

/** A change of light or season fades in over a good part of the mask; what is painted afresh fills it. In pixels. */
function featherOf(kind: EditKind, mask: Plane, canvas: Canvas): number {
  const narrow = 10 * canvas.unit;
  const box = kind === 'change' ? boxOf(mask, canvas.width) : undefined;
  if (box === undefined) return narrow;
  return Math.max(narrow, Math.min(60 * canvas.unit, Math.min(box.width, box.height) * 0.14));
}

async function carryOut(
  kind: EditKind,
  canvas: Canvas,
  region: Plane | undefined,
  instruction: Instruction,
  request: EditRequest,
): Promise<void> {
  if (region === undefined || kind === 'change') return changePicture(canvas, instruction, request.seed);
  switch (kind) {
    case 'scene':
      return repaintScene(canvas, region, instruction, request);
    case 'subject':
      return repaintSubject(canvas, region, instruction, request.seed);
    case 'fill':
      fillFromAround(canvas, region);
  }
}

/** Further sources lend their colours: plainly when nothing else was understood, gently otherwise. */
async function lendColours(
  canvas: Canvas,
  instruction: Instruction,
  request: EditRequest,
  kind: EditKind,
): Promise<void> {
  if (kind !== 'change') return;
  for (const [order, bytes] of request.sources.slice(1, 4).entries()) {
    const lent = await loadSource(bytes, 160, 160, `source ${order + 2}`);
    const sheet = await toCanvas(lent, 160, 160);
    borrowColours(canvas, sheet, (instruction.edit.unread ? 0.62 : 0.3) / (order + 1));
  }
}

/** Fine detail is carried over as strongly as the edit left the light, so that night isn't gritty. */
function detailKept(before: Canvas, edited: Canvas): number {
  let [was, is] = [1, 1];
  for (let at = 1; at < before.data.length; at += 400) {
    was += before.data[at] ?? 0;
    is += edited.data[at] ?? 0;
  }
  return Math.min(1, Math.max(0.25, is / was));
}

/** Writes alpha: new content is opaque, and what surrounds the subject is cleared when that was asked. */
function clearAround(
  request: EditRequest,
  instruction: Instruction,
  full: Pixels,
  before: Canvas,
  weight: Plane | undefined,
  kind: EditKind,
): boolean {
  const { data, width, height } = full;
  const clears = request.transparent && !full.hasAlpha && (kind === 'change' || !described(instruction));
  const around = clears ? (weight ?? findBackground(before)) : undefined;
  const opens = kind !== 'change' && full.hasAlpha ? weight : undefined;
  if (around === undefined && opens === undefined) return false;
  for (let y = 0; y < height; y++) {
    const row = Math.min(before.height - 1, Math.floor((y / height) * before.height)) * before.width;
    for (let x = 0; x < width; x++) {
      const index = row + Math.min(before.width - 1, Math.floor((x / width) * before.width));
      const at = (y * width + x) * 4 + 3;
      if (around !== undefined) data[at] = (data[at] ?? 0) * (1 - (around[index] ?? 0));
      if (opens !== undefined) data[at] = Math.max(data[at] ?? 0, (opens[index] ?? 0) * 255);
    }
  }
  return around !== undefined;
}

function described(instruction: Instruction): boolean {
  return instruction.settings.length > 0 || instruction.subjects.length > 0 || instruction.time !== undefined;
}

async function layLabel(full: Pixels, label: string): Promise<void> {
  const size = paintedSize(full.width, full.height);
  const sheet = new Canvas(size.width, size.height);
  letterLabel(sheet, label);
  const same = size.width === full.width && size.height === full.height;
  const letters = same ? sheet.data : await resizePixels(sheet.data, sheet, full.width, full.height, 'cubic');
  const { data } = full;
  for (let at = 0; at < data.length; at += 4) {
    const alpha = letters[at + 3] ?? 0;
    if (alpha === 0) continue;
    for (let part = 0; part < 3; part++)
      data[at + part] = (letters[at + part] ?? 0) + ((data[at + part] ?? 0) * (255 - alpha)) / 255;
    data[at + 3] = Math.max(alpha, data[at + 3] ?? 0);
  }
}
