/** The image tool of LangChain: what an agent would call, called here by hand. */
import { writeFile } from 'node:fs/promises';
import { DallEAPIWrapper } from '@langchain/openai';

const draw = new DallEAPIWrapper({
  baseUrl: `${process.env['ATELIER_URL'] ?? 'http://127.0.0.1:4000'}/v1`,
  apiKey: process.env['ATELIER_API_KEY'] ?? '',
  // Any model of the gateway, whatever the tool is named after.
  model: 'atelier-sketch',
  size: '512x512',
});

const link: unknown = await draw.invoke('a lighthouse on a cliff');
const picture = await fetch(String(link));
await writeFile('lighthouse.png', Buffer.from(await picture.arrayBuffer()));
