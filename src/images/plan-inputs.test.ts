import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createImageRequest } from '../../test/factories/image-request.js';
import { createEditSpec, createModelEntry } from '../../test/factories/model-entry.js';
import { ratioDistance } from '../catalogue/size-rules.js';
import { placeOn } from '../pixels/input-geometry.js';
import { INPUT_MIME_TYPES, type EditSpec, type InputRule, type Size } from '../providers/model.js';
import { providers } from '../providers/registry.js';
import { planInputs, type InputPlan } from './plan-inputs.js';
import type { ImageRequest, SourceMask, SourcePicture } from './request.js';

const MASK: SourceMask = {
  sha256: 'b'.repeat(64),
  sizeBytes: 500,
  mimeType: 'image/png',
  width: 100,
  height: 100,
  fileId: undefined,
};

function createSource(changes: Partial<SourcePicture> = {}): SourcePicture {
  return {
    sha256: 'a'.repeat(64),
    sizeBytes: 10_000,
    mimeType: 'image/png',
    width: 800,
    height: 600,
    hasAlpha: false,
    imageId: undefined,
    fileId: undefined,
    continuation: undefined,
    changes: [],
    ...changes,
  };
}

function plan(
  inputs: readonly SourcePicture[],
  edit: EditSpec,
  { native, ...wish }: Partial<ImageRequest> & { native?: Size } = {},
): InputPlan {
  const request = createImageRequest({ operation: 'edit', inputs, ...wish });
  return planInputs(request, createModelEntry({ edit }), native);
}

/** The rules of all models, each once. */
const RULES: readonly InputRule[] = [
  ...new Map(
    providers
      .flatMap(({ models }) => models.flatMap(({ edit }) => (edit === undefined ? [] : [edit.inputs])))
      .map((rule) => [JSON.stringify(rule), rule]),
  ).values(),
];

/** What the gateway lets in: edges from 32 to 16,384 pixels. */
const sources = fc
  .record({
    width: fc.integer({ min: 32, max: 16_384 }),
    height: fc.integer({ min: 32, max: 16_384 }),
    sizeBytes: fc.integer({ min: 1, max: 60_000_000 }),
    mimeType: fc.constantFrom(...INPUT_MIME_TYPES),
    hasAlpha: fc.boolean(),
  })
  .map((facts) => createSource({ ...facts, hasAlpha: facts.hasAlpha && facts.mimeType !== 'image/jpeg' }));
/** Sizes that results of a model can have whose inputs obey the rule. */
function canvasesFor(rule: InputRule): fc.Arbitrary<Size> {
  const edge = fc.integer({ min: 256, max: 4096 });
  if (rule.square === true) return edge.map((length) => ({ width: length, height: length }));
  const steepest = Math.min(rule.maxRatio ?? Infinity, rule.maxEdge / rule.minEdge, 4096 / 256);
  return fc
    .record({ width: edge, height: edge })
    .filter(({ width, height }) => Math.max(width, height) <= Math.min(width, height) * steepest);
}

function isInside({ width, height }: Size, rule: InputRule): boolean {
  const ratio = width / height;
  return (
    Math.min(width, height) >= rule.minEdge &&
    Math.max(width, height) <= rule.maxEdge &&
    width * height <= rule.maxPixels &&
    (rule.square !== true || width === height) &&
    ratio >= (rule.minRatio ?? 0) &&
    ratio <= (rule.maxRatio ?? Infinity)
  );
}

describe.each(RULES)('inputs for edges of $minEdge to $maxEdge and $maxPixels pixels', (rule) => {
  const edit = createEditSpec({ inputs: rule });

  it('are always inside the rule', () => {
    fc.assert(
      fc.property(sources, (source) => {
        const [input] = plan([source], edit).inputs;
        expect(rule.types).toContain(input?.native.mimeType);
        const { width = 0, height = 0 } = input?.native ?? {};
        expect([width, height, isInside({ width, height }, rule)]).toEqual([width, height, true]);
      }),
      { numRuns: 300, seed: 22_11 },
    );
  });

  it('are inside the rule with a mask too, in the shape of the result', () => {
    fc.assert(
      fc.property(sources, canvasesFor(rule), (source, native) => {
        const [input] = plan([source], edit, { mask: MASK, native }).inputs;
        if (input === undefined) throw new Error('an input is always planned');
        const ratio = native.width / native.height;
        const { width, height } = input.native;
        if (ratioDistance(ratio, source.width / source.height) > 0.001) {
          expect(input.change?.fit).toBe('contain');
          expect(Math.min(Math.abs(width - height * ratio), Math.abs(height - width / ratio))).toBeLessThan(
            2,
          );
        }
        expect([width, height, isInside({ width, height }, rule)]).toEqual([width, height, true]);
      }),
      { numRuns: 300, seed: 22_11 },
    );
  });

  it('go as they are exactly when the rule allows it', () => {
    fc.assert(
      fc.property(sources, (source) => {
        const { inputs, adjustments } = plan([source], edit);
        const allowed =
          isInside(source, rule) && rule.types.includes(source.mimeType) && source.sizeBytes <= rule.maxBytes;
        expect(inputs[0]?.change === undefined).toBe(allowed);
        expect(adjustments.map(({ param }) => param)).toEqual(allowed ? [] : ['image']);
      }),
      { numRuns: 300, seed: 22_11 },
    );
  });

  it('show the whole picture: in its own shape, or between borders on two sides', () => {
    fc.assert(
      fc.property(sources, (source) => {
        const change = plan([source], edit).inputs[0]?.change;
        if (change === undefined) return;
        if (change.fit === 'exact') {
          const ratio = source.width / source.height;
          const off = Math.min(
            Math.abs(change.width - change.height * ratio),
            Math.abs(change.height - change.width / ratio),
          );
          // Rounding, and the half per cent within which shapes count as one.
          expect(off).toBeLessThanOrEqual(1 + 0.005 * Math.max(change.width, change.height));
          return;
        }
        const place = placeOn(change, source);
        expect(place.width === change.width || place.height === change.height).toBe(true);
        expect(Math.min(place.left, place.top)).toBe(0);
        expect(place.left + place.width).toBeLessThanOrEqual(change.width);
        expect(place.top + place.height).toBeLessThanOrEqual(change.height);
      }),
      { numRuns: 300, seed: 22_11 },
    );
  });
});

describe('the shape of an input', () => {
  const edit = createEditSpec({
    inputs: { types: ['image/png'], maxBytes: 1_000_000, minEdge: 64, maxEdge: 1024, maxPixels: 1024 * 1024 },
  });
  const square = createEditSpec({ inputs: { ...edit.inputs, square: true } });
  const changeOf = (source: Partial<SourcePicture>, spec = edit) =>
    plan([createSource(source)], spec).inputs[0]?.change;

  it.each([
    [
      { width: 2048, height: 1024 },
      { width: 1024, height: 512, fit: 'exact' },
    ],
    [
      { width: 32, height: 40 },
      { width: 64, height: 80, fit: 'exact' },
    ],
    [
      { width: 800, height: 600, mimeType: 'image/webp' },
      { width: 800, height: 600, fit: 'exact' },
    ],
  ] as const)('stays: %o', (source, expected) => {
    expect(changeOf(source)).toMatchObject({ ...expected, mimeType: 'image/png', maxBytes: 1_000_000 });
  });

  it.each([
    [{ width: 800, height: 600 }, 800],
    [{ width: 600, height: 800 }, 800],
    [{ width: 3000, height: 1000 }, 1024],
  ])('is set into a square where only squares are taken: %o', (source, edge) => {
    expect(changeOf(source, square)).toMatchObject({ width: edge, height: edge, fit: 'contain' });
  });

  it('is that of the result with a mask, for the first input only', () => {
    const inputs = [createSource(), createSource()];
    const spec = { ...edit, maxInputImages: 2 };
    const { inputs: planned } = plan(inputs, spec, { mask: MASK, native: { width: 1024, height: 1024 } });
    expect(planned[0]?.change).toMatchObject({ width: 1024, height: 1024, fit: 'contain' });
    expect(planned[1]?.change).toBeUndefined();
    expect(plan(inputs, spec, { native: { width: 1024, height: 1024 } }).inputs[0]?.change).toBeUndefined();
  });
});

describe('the type of an input', () => {
  const typeOf = (source: Partial<SourcePicture>, types: InputRule['types']) => {
    const edit = createEditSpec();
    const inputs = { ...edit.inputs, types, maxBytes: 1000 };
    return plan([createSource(source)], { ...edit, inputs }).inputs[0]?.native;
  };

  it.each([
    ['its own', 900, 'image/webp', false, INPUT_MIME_TYPES, 'image/webp'],
    ['PNG where its own is not taken', 900, 'image/webp', true, ['image/jpeg', 'image/png'], 'image/png'],
    ['JPEG where nothing else is taken', 900, 'image/png', true, ['image/jpeg'], 'image/jpeg'],
    ['JPEG when it has too many bytes', 1001, 'image/png', false, INPUT_MIME_TYPES, 'image/jpeg'],
    ['WebP when it has too many bytes and alpha', 1001, 'image/png', true, INPUT_MIME_TYPES, 'image/webp'],
    ['PNG when nothing smaller has alpha', 1001, 'image/png', true, ['image/png', 'image/jpeg'], 'image/png'],
  ] as const)('is %s', (_, sizeBytes, mimeType, hasAlpha, types, expected) => {
    const native = typeOf({ sizeBytes, mimeType, hasAlpha }, types);
    expect(native?.mimeType).toBe(expected);
    expect(native?.hasAlpha).toBe(hasAlpha && expected !== 'image/jpeg');
  });
});

describe('what an edit reports and refuses', () => {
  const edit = createEditSpec({ maxInputImages: 2 });
  const large = createSource({ width: 4000, height: 3000 });

  it('tells what was sent instead, and what was done to a picture when it came in', () => {
    const turned = createSource({ changes: ['turned upright as its EXIF says'] });
    expect(plan([turned, large], edit).adjustments).toEqual([
      { param: 'image[0]', reason: 'turned upright as its EXIF says' },
      expect.objectContaining({ param: 'image[1]', asked: '4000x3000 png', sent: '2048x1536 png' }),
    ]);
  });

  it.each([
    ['a picture that needs a change', large, undefined, 'unsupported_parameter', 'image'],
    ['a mask that the model does not take', createSource(), MASK, 'mask_not_supported', 'mask'],
  ])('refuses under strict: %s', (_, source, mask, code, param) => {
    const strictly = () => plan([source], edit, { adapt: 'strict', mask });
    expect(strictly).toThrow(expect.objectContaining({ code, param }));
  });

  it('refuses more inputs than the model takes, naming the first that is too many', () => {
    const three = [createSource(), createSource(), createSource()];
    expect(() => plan(three, edit)).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'image[2]' }),
    );
  });

  it('sends a mask to models that take one, and confines the others to it', () => {
    const native = plan([createSource()], { ...edit, mask: true }, { mask: MASK });
    expect([native.sendsMask, native.adjustments]).toEqual([true, []]);
    const confined = plan([createSource()], edit, { mask: MASK });
    expect([confined.sendsMask, confined.adjustments.map(({ param }) => param)]).toEqual([false, ['mask']]);
  });

  it('gives back what a model gave with a picture only with the same bytes, to the same model', () => {
    const { slug } = createModelEntry();
    const continuation = { sha256: 'c'.repeat(64), sizeBytes: 9, model: slug };
    const continues = (source: Partial<SourcePicture>) =>
      plan([createSource({ continuation, ...source })], edit).inputs[0]?.native.hasContinuation;
    expect(continues({})).toBe(true);
    expect(continues({ width: 4000 })).toBe(false);
    expect(continues({ continuation: { ...continuation, model: 'another' } })).toBe(false);
  });

  it('plans no inputs for a generation', () => {
    const none = planInputs(createImageRequest(), createModelEntry({ edit }), undefined);
    expect(none).toEqual({ inputs: [], sendsMask: false, adjustments: [] });
  });
});
