/** Builds the documentation's site into `dist/docs`; part of `npm run build`. */
import path from 'node:path';
import { buildDocs } from './docs/build-docs.js';
import { ROOT } from './docs/pages.js';

const pages = await buildDocs(path.join(ROOT, 'dist/docs'));
process.stdout.write(`${pages.length} pages of documentation\n`);
