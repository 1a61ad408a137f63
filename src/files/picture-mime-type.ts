import { z } from 'zod';

/** Types of pictures as the database has them. */
export const pictureMimeTypeSchema = z.enum([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/avif',
  'image/gif',
]);
