import { z } from 'zod';
import type { ModelEntry } from '../../src/providers/model.js';
import type {
  JsonValue,
  NativeRequest,
  Provider,
  ProviderEvent,
  Translation,
} from '../../src/providers/provider.js';

/** Sends every present field under its own name. A prompt with the word `untranslatable` is refused. */
export function translateToAcme(request: NativeRequest): Translation {
  if (request.prompt.includes('untranslatable')) return { ok: false, reasons: ['acme has no word for it'] };
  const { size, options, ...rest } = request;
  const present = Object.entries(rest).filter(
    (entry): entry is [string, string | number | boolean] => entry[1] !== undefined,
  );
  const body: Readonly<Record<string, JsonValue>> = {
    ...Object.fromEntries(present),
    ...(size === undefined ? {} : { size: `${size.width}x${size.height}` }),
    ...(typeof options['steps'] === 'number' ? { steps: options['steps'] } : {}),
  };
  return {
    ok: true,
    call: { path: '/draw', body, prompt: request.prompt, count: request.count, streamed: false },
    adjustments: [],
  };
}

async function* runNothing(): AsyncGenerator<ProviderEvent> {
  yield await Promise.resolve<ProviderEvent>({ type: 'progress', fraction: 1 });
}

/** A provider `acme` that takes one option of its own: a whole number of `steps`. */
export function createProvider(models: readonly ModelEntry[], changes: Partial<Provider> = {}): Provider {
  return {
    id: 'acme',
    models,
    adapter: { translate: translateToAcme, run: runNothing },
    optionsSchema: z.strictObject({ steps: z.number().int('must be a whole number').optional() }),
    createEmulator: () => () => Promise.resolve(),
    basePath: '/v1',
    settings: { extra: [] },
    verified: 'test data',
    ...changes,
  };
}
