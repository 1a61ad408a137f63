import { parseStorageUrl } from '../../src/config/storage-url.js';
import { openBlobStore } from '../../src/files/open-blob-store.js';

// Writes a blob of the given size, again and again with other bytes, into the store that its first argument names; says each
// hash before it can be seen. Never ends by itself.
const [url = '', size = '0', accessKeyId = '', secretAccessKey = ''] = process.argv.slice(2);
const store = await openBlobStore(parseStorageUrl(url), {
  credentials: { accessKeyId, secretAccessKey, sessionToken: undefined },
  shared: true,
});
for (let round = 0; ; round += 1) {
  const writer = store.openWriter();
  process.stdout.write('begun\n');
  for (let left = Number(size); left > 0; left -= 256 * 1024) {
    await writer.write(Buffer.alloc(Math.min(left, 256 * 1024), `${process.pid} ${round} `));
  }
  await writer.finish((sha256) => {
    process.stdout.write(`${sha256}\n`);
    return Promise.resolve();
  });
}
