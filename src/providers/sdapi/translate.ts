/** From a legal request to the server's own call (protocol notes §B6). Pure. */
import { z } from 'zod';
import type { RouteSpec } from '../model.js';
import type { JsonValue, NativeRequest, Translation } from '../provider.js';
import { inputRefOf } from '../shared/outgoing-body.js';
import { MODEL_SETTING } from '../shared/own-server.js';
import { dialectOf } from './dialects.js';
import type { Dialect } from './dialects.js';
import { EXTRA } from './endpoint.js';
import { sdapiOptions } from './options.js';

type Body = Readonly<Record<string, JsonValue>>;

/** The servers' own default of 50 steps is for models without distillation (protocol notes §B0). */
const USUAL_STEPS = 20;
/** For weights that heed negative prompts. */
const CLASSIC_GUIDANCE = 7;
/** How far an edit goes from its picture: the servers' own default, and all the way inside a mask. */
const USUAL_STRENGTH = 0.75;
const MASKED_STRENGTH = 1;

const moduleList = z.array(z.string());

/** Translates one call. @param extra the endpoint's own settings, which name the dialect: Forge's where they name none */
export function translateToSdapi(
  request: NativeRequest,
  route: RouteSpec,
  extra: Readonly<Record<string, string>>,
): Translation {
  const dialect = dialectOf(extra);
  if (route.upstream[request.operation] === undefined) {
    return refuse(`${route.id} has no model for the operation ${request.operation}`);
  }
  if (request.operation === 'edit' && request.inputs.length === 0) {
    return refuse('an edit needs a picture to start from');
  }
  if (request.inputs.length > 1 && !dialect.references) {
    return refuse(`${dialect.server} takes 1 picture in an edit`);
  }
  const options = sdapiOptions.safeParse(request.options);
  if (!options.success) {
    return refuse(
      ...options.error.issues.map(
        ({ path, message }) => `${['provider_options.sdapi', ...path.map(String)].join('.')}: ${message}`,
      ),
    );
  }
  const reserved = [request.prompt, request.negativePrompt ?? '']
    .map((text) => dialect.reserved.exec(text)?.[0])
    .find((found) => found !== undefined);
  if (reserved !== undefined) {
    return refuse(`${dialect.server} would take "${reserved}" in the prompt for an instruction`);
  }
  const { steps, guidance, strength } = options.data;
  const body: Body = {
    prompt: request.prompt,
    ...present('negative_prompt', request.negativePrompt),
    ...present('seed', request.seed),
    steps: steps ?? numberOf(extra[EXTRA.steps]) ?? USUAL_STEPS,
    ...guidanceOf(guidance ?? numberOf(extra[EXTRA.guidance]), dialect, extra[EXTRA.classic] !== undefined),
    ...present('width', request.size?.width),
    ...present('height', request.size?.height),
    batch_size: request.count,
    ...present('sampler_name', extra[EXTRA.sampler]),
    ...present('scheduler', extra[EXTRA.scheduler]),
    ...settingsOf(extra, dialect),
    ...(dialect.keeps ? { send_images: true, save_images: false } : {}),
    ...picturesOf(request, strength),
  };
  const partial = request.partialImages;
  return {
    ok: true,
    call: {
      path: `/sdapi/v1/${request.operation === 'edit' ? 'img2img' : 'txt2img'}`,
      body,
      prompt: request.prompt,
      count: request.count,
      streamed: false,
      ...(partial === undefined || !dialect.watched ? {} : { partialImages: partial }),
    },
    adjustments: [],
  };
}

/** What FLUX was distilled with needs no second pass, which `cfg_scale` above 1 would cost. */
function guidanceOf(guidance: number | undefined, dialect: Dialect, classic: boolean): Body {
  if (classic) return { cfg_scale: guidance ?? CLASSIC_GUIDANCE };
  const value = guidance ?? dialect.usualGuidance;
  return dialect.distilledGuidance ? { cfg_scale: 1, distilled_cfg_scale: value } : { cfg_scale: value };
}

function settingsOf(extra: Readonly<Record<string, string>>, dialect: Dialect): Body {
  const model = dialect.chooses ? extra[MODEL_SETTING] : undefined;
  const modules = dialect.modules && extra[EXTRA.modules] !== undefined;
  if (model === undefined && !modules) return {};
  return {
    override_settings: {
      ...present('sd_model_checkpoint', model),
      ...(modules
        ? { forge_additional_modules: moduleList.parse(JSON.parse(extra[EXTRA.modules] ?? '[]')) }
        : {}),
    },
    // Reloading what was there before would cost every call a minute.
    override_settings_restore_afterwards: false,
  };
}

function picturesOf({ operation, inputs, masked }: NativeRequest, strength: number | undefined): Body {
  if (operation === 'generate') return {};
  const [first, ...references] = inputs.map((_, index) => inputRefOf(index, 'base64'));
  return {
    init_images: first === undefined ? [] : [first],
    ...(references.length === 0 ? {} : { extra_images: references }),
    denoising_strength: strength ?? (masked ? MASKED_STRENGTH : USUAL_STRENGTH),
    // Just resized: the gateway has chosen the size by the picture's shape.
    resize_mode: 0,
    ...(masked
      ? {
          mask: inputRefOf('mask-white', 'base64'),
          // The gateway lays the result onto the source; blurred edges would be its seams.
          mask_blur: 0,
          // The picture's own pixels are what is painted over.
          inpainting_fill: 1,
          inpaint_full_res: false,
          inpainting_mask_invert: 0,
        }
      : {}),
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function present(name: string, value: JsonValue | undefined): Body {
  return value === undefined ? {} : { [name]: value };
}

function refuse(...reasons: string[]): Translation {
  return { ok: false, reasons };
}
