/** Two pictures with the Vercel AI SDK. What was adapted stands in the answer that the SDK hands on. */
import { writeFile } from 'node:fs/promises';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateImage } from 'ai';

const atelier = createOpenAICompatible({
  name: 'atelier',
  baseURL: `${process.env['ATELIER_URL'] ?? 'http://127.0.0.1:4000'}/v1`,
  apiKey: process.env['ATELIER_API_KEY'] ?? '',
});

const { images } = await generateImage({
  model: atelier.imageModel('atelier-sketch'),
  prompt: 'a paper lantern on the rail of a bridge',
  n: 2,
  size: '512x512',
  // Fields that the SDK has no name for.
  providerOptions: { atelier: { negative_prompt: 'people' } },
});
for (const [index, image] of images.entries()) {
  await writeFile(`lantern-${index + 1}.png`, image.uint8Array);
}
