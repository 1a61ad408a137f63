/** Writes 300,000 bytes into a blob store and prints what became of it; run with a file size limit below that. */
import { DiskBlobStore } from '../../src/files/disk-blob-store.js';

const [root = ''] = process.argv.slice(2);
const store = await DiskBlobStore.open(root);
const writer = store.openWriter();
try {
  await writer.write(Buffer.alloc(300_000, 'fox'));
  const { sha256 } = await writer.finish(() => Promise.resolve());
  console.log(`stored ${sha256}`);
} catch (error) {
  await writer.discard();
  console.log(`refused ${error instanceof Error && 'code' in error ? String(error.code) : 'without code'}`);
}
