/** A picture, and a change of it, with the `openai` package. */
import { writeFile } from 'node:fs/promises';
import OpenAI, { toFile } from 'openai';

const client = new OpenAI({
  baseURL: `${process.env['ATELIER_URL'] ?? 'http://127.0.0.1:4000'}/v1`,
  apiKey: process.env['ATELIER_API_KEY'],
});

const made = await client.images.generate({
  model: 'atelier-sketch',
  prompt: 'one red sailboat on a calm lake, mountains behind',
  size: '512x512',
  response_format: 'b64_json',
});
const summer = Buffer.from(made.data?.[0]?.b64_json ?? '', 'base64');
await writeFile('summer.png', summer);

const edited = await client.images.edit({
  model: 'atelier-sketch',
  image: await toFile(summer, 'summer.png', { type: 'image/png' }),
  prompt: 'make it winter, keep the boat and its place',
  size: '512x512',
  response_format: 'b64_json',
});
await writeFile('winter.png', Buffer.from(edited.data?.[0]?.b64_json ?? '', 'base64'));
