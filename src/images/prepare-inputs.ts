import { AppError, invariant } from '../errors.js';
import type { PictureStore } from '../files/picture-store.js';
import { alphaMaskPng, fitMask, readMask, whiteMaskPng, type MaskPlane } from '../pixels/mask.js';
import { prepareInput } from '../pixels/prepare-input.js';
import { PictureError, type PixelLimits } from '../pixels/sharp-runtime.js';
import type { InputName, PreparedInput } from '../providers/provider.js';
import { listInputs, NO_INPUTS, type InputSource } from '../providers/shared/outgoing-body.js';
import type { PlannedInput } from './plan-inputs.js';
import type { Candidate } from './plan-types.js';
import type { SourceMask, SourcePicture } from './request.js';

/**
 * Makes every picture that the candidate's calls refer to, as the route takes it, and stores it: what is sent is read
 * from the store, however often it is sent.
 * @throws AppError invalid_image when a picture can't be brought to what the route takes
 */
export async function prepareInputs(
  candidate: Candidate,
  pictures: PictureStore,
  limits: PixelLimits,
): Promise<InputSource> {
  const names = new Set(candidate.calls.flatMap(({ call }) => listInputs(call.body)));
  if (names.size === 0) return NO_INPUTS;
  const prepared = new Map<InputName, PreparedInput>();
  for (const name of names) {
    prepared.set(
      name,
      await prepare(name, candidate, pictures, limits).catch((error: unknown) => {
        if (!(error instanceof PictureError)) throw error;
        const param = typeof name === 'number' ? `image[${name}]` : 'mask';
        throw new AppError('invalid_image', { message: `\`${param}\`: ${error.message}`, param });
      }),
    );
  }
  return {
    input: (name) => {
      const found = prepared.get(name);
      invariant(found !== undefined, 'a call sends only what its body refers to');
      return found;
    },
    read: (sha256) => pictures.read(sha256),
  };
}

/** The mask of an edit over all pixels of its source. @throws PictureError */
export async function readSourceMask(
  mask: SourceMask,
  source: SourcePicture,
  pictures: PictureStore,
  limits: PixelLimits,
): Promise<MaskPlane> {
  return fitMask(await readMask(await pictures.readBuffer(mask.sha256), limits), source, limits);
}

async function prepare(
  name: InputName,
  candidate: Candidate,
  pictures: PictureStore,
  limits: PixelLimits,
): Promise<PreparedInput> {
  if (name === 'mask-alpha' || name === 'mask-white') return prepareMask(name, candidate, pictures, limits);
  if (typeof name === 'number') return prepareSource(inputAt(candidate, name), pictures, limits);
  const { continuation } = inputAt(candidate, Number(name.slice('continuation-'.length))).source;
  invariant(continuation !== undefined, 'only inputs with a continuation are sent with one');
  const { sha256, sizeBytes } = continuation;
  return { sha256, sizeBytes, mimeType: 'application/octet-stream' };
}

async function prepareSource(
  { source, change }: PlannedInput,
  pictures: PictureStore,
  limits: PixelLimits,
): Promise<PreparedInput> {
  if (change === undefined) return source;
  const { width, height, fit, maxBytes } = change;
  const format = change.mimeType === 'image/png' ? 'png' : change.mimeType === 'image/jpeg' ? 'jpeg' : 'webp';
  const bytes = await pictures.readBuffer(source.sha256);
  const made = await prepareInput(bytes, { width, height, fit, format, maxBytes }, limits);
  const { sha256, sizeBytes } = await pictures.storeBuffer(made.bytes);
  return { sha256, sizeBytes, mimeType: made.mimeType };
}

async function prepareMask(
  form: 'mask-alpha' | 'mask-white',
  candidate: Candidate,
  pictures: PictureStore,
  limits: PixelLimits,
): Promise<PreparedInput> {
  const { source, change, native } = inputAt(candidate, 0);
  invariant(candidate.mask !== undefined, 'a call with a mask has one');
  const plane = await readSourceMask(candidate.mask, source, pictures, limits);
  const canvas = { width: native.width, height: native.height, fit: change?.fit ?? 'exact' };
  const encode = form === 'mask-alpha' ? alphaMaskPng : whiteMaskPng;
  const { sha256, sizeBytes } = await pictures.storeBuffer(await encode(plane, canvas, limits));
  return { sha256, sizeBytes, mimeType: 'image/png' };
}

function inputAt(candidate: Candidate, index: number): PlannedInput {
  const input = candidate.inputs[index];
  invariant(input !== undefined, 'a call refers to inputs that exist');
  return input;
}
