import { afterAll, expect, it } from 'vitest';
import { createTestFolder } from '../factories/temporary-folder.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { moveLargeFile } from '../support/large-file.js';
import { findTestS3 } from '../support/s3-server.js';

/** 141 MB; 512 MB: `npm run test:long -- large-files`. */
const EDGE = Number(process.env['LARGE_FILE_EDGE'] ?? 4200);
/** Less than the file: whoever holds it whole is found out. Node 24 lets its heap grow by 100 MB before it collects. */
const MAX_GROWTH_BYTES = 125 * 1000 * 1000;

const folder = createTestFolder();
const s3 = findTestS3();
afterAll(async () => {
  folder.remove();
  await s3.close();
});

it.each(['disk', 's3'])(
  'a large file goes through in small memory, on %s',
  async (store) => {
    const { credentials } = s3;
    const gateway: GatewayProcess = await startGatewayProcess({
      ATELIER_DATA_DIR: `${folder.path}/${store}`,
      ...(store === 'disk'
        ? {}
        : {
            STORAGE_URL: s3.url,
            AWS_ACCESS_KEY_ID: credentials.accessKeyId,
            AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          }),
    });
    try {
      const key = gateway.testKey ?? '';
      // What a process needs once is not what a file costs.
      await moveLargeFile(gateway, key, 600);
      const cost = await moveLargeFile(gateway, key, EDGE);
      process.stdout.write(`${store}: ${JSON.stringify(cost)}\n`);
      expect(cost.bytes).toBeGreaterThan(EDGE * EDGE * 8);
      expect(cost.uploadGrowthBytes).toBeLessThan(MAX_GROWTH_BYTES);
      expect(cost.downloadGrowthBytes).toBeLessThan(MAX_GROWTH_BYTES);
    } finally {
      await gateway.kill();
    }
  },
  600_000,
);
