import { z } from 'zod';

/**
 * `provider_options.openai`. Every parameter of the Images API that the gateway can deliver stands in the request itself
 * (`moderation`, `user`, `complexity`, …), so nothing is left to pass on: the schema exists to refuse names by name.
 * Animated GIF and SVG output (`frame_count`, `frame_duration_ms`, `svg`) are left out on purpose: both are previews, and
 * neither is a still picture whose pixels could be measured.
 */
export const openAiOptions = z.strictObject({});
