import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { callGateway, readPicture, type PictureBytes } from './gateway.js';
import type { ToolCall } from './tool.js';

/** A larger picture is shown by its preview; its link leads to all of it. */
const MAX_SHOWN_BYTES = 256 * 1024;
/** Of all pictures of one result. */
const MAX_RESULT_BYTES = 1024 * 1024;
/** What models of today can look at. */
const SHOWN_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];

/** What a result knows of a picture. */
export const seenImage = z.looseObject({
  id: z.string(),
  url: z.string().optional(),
  mime_type: z.string(),
  width: z.number(),
  height: z.number(),
});
export type SeenImage = z.output<typeof seenImage>;

const withPreviews = z.object({ previews: z.array(z.object({ url: z.string() })) });

/** Facts as text for models and as structure for programs. */
export function factsResult(
  facts: Readonly<Record<string, unknown>>,
  more: ContentBlock[] = [],
): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(facts) }, ...more], structuredContent: facts };
}

/** The pictures themselves, each followed by its link. @param show false: links only */
export async function showPictures(
  images: readonly SeenImage[],
  show: boolean,
  call: ToolCall,
): Promise<ContentBlock[]> {
  const maxBytes = Math.min(MAX_SHOWN_BYTES, Math.floor(MAX_RESULT_BYTES / Math.max(1, images.length)));
  const blocks: ContentBlock[] = [];
  for (const image of images) {
    if (image.url === undefined) continue;
    const shown = show ? await findShown(image, image.url, maxBytes, call) : undefined;
    if (shown !== undefined) blocks.push(pictureBlock(shown));
    blocks.push({
      type: 'resource_link',
      uri: image.url,
      name: image.id,
      mimeType: image.mime_type,
      description: `${image.width}x${image.height} pixels; the link needs no key and ends within the hour`,
    });
  }
  return blocks;
}

/** A picture as the client shows it. */
export function pictureBlock({ bytes, mimeType }: PictureBytes): ContentBlock {
  return { type: 'image', data: bytes.toString('base64'), mimeType };
}

async function findShown(
  image: SeenImage,
  url: string,
  maxBytes: number,
  { gateway, signal }: ToolCall,
): Promise<PictureBytes | undefined> {
  if (SHOWN_TYPES.includes(image.mime_type)) {
    const whole = await readPicture(gateway, url, maxBytes, signal);
    if (whole !== undefined) return whole;
  }
  const { previews } = await callGateway(gateway, `/v1/images/${image.id}`, withPreviews, { signal });
  for (const preview of previews.toReversed()) {
    const smaller = await readPicture(gateway, preview.url, maxBytes, signal);
    if (smaller !== undefined) return smaller;
  }
  return undefined;
}
