import { z } from 'zod';

/**
 * `provider_options.xai`. Everything that the image API documents stands in the request itself. Stored files and service
 * tiers are left out: neither has a reference text for pictures, and the tier costs extra by prices that no quote knows.
 */
export const xaiOptions = z.strictObject({});
