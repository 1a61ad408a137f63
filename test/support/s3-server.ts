import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import {
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { S3Credentials } from '../../src/files/s3-bucket.js';
import type { S3Place } from '../../src/config/storage-url.js';

// The S3 client warns of Node 20, which is our floor, in every test process.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const FILE = path.resolve(import.meta.dirname, '../../.cache/test-s3.json');
const schema = z.object({
  endpoint: z.url(),
  region: z.string(),
  accessKey: z.string(),
  secretKey: z.string(),
  bucket: z.string(),
});

/** A place of its own on the S3 server that `scripts/test-s3.sh start` runs. */
export interface TestS3 {
  readonly place: S3Place;
  readonly credentials: S3Credentials;
  /** The place as STORAGE_URL. */
  readonly url: string;
  readonly client: S3Client;
  /** All keys, by their names below the prefix. */
  listKeys(): Promise<readonly string[]>;
  /** Uploads in parts that neither ended nor were aborted. */
  readonly listUploads: () => Promise<readonly string[]>;
  removeKey(key: string): Promise<void>;
  putKey(key: string, bytes: Uint8Array): Promise<void>;
  /** Removes everything below the prefix and closes the client. */
  close(): Promise<void>;
}

/** A prefix that nobody else uses. @throws Error naming the script when no server was started */
export function findTestS3(): TestS3 {
  const { endpoint, region, accessKey, secretKey, bucket } = readStarted();
  const prefix = `tests/${randomUUID()}`;
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const listKeys = async () => {
    const { Contents = [] } = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}/` }),
    );
    return Contents.map(({ Key = '' }) => Key.slice(prefix.length + 1)).sort();
  };
  const removeKey = async (key: string) => {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${prefix}/${key}` }));
  };
  return {
    place: { kind: 's3', bucket, prefix, endpoint, region, pathStyle: true },
    credentials: { ...credentials, sessionToken: undefined },
    url: `s3://${bucket}/${prefix}?endpoint=${endpoint}&region=${region}&path_style=true`,
    client,
    listKeys,
    listUploads: async () => {
      const { Uploads = [] } = await client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${prefix}/` }),
      );
      return Uploads.map(({ Key = '' }) => Key);
    },
    removeKey,
    putKey: async (key, bytes) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/${key}`, Body: bytes }));
    },
    close: async () => {
      for (const key of await listKeys()) await removeKey(key);
      client.destroy();
    },
  };
}

function readStarted() {
  try {
    return schema.parse(JSON.parse(readFileSync(FILE, 'utf8')));
  } catch (error) {
    throw new Error('The tests need an S3 server: run scripts/test-s3.sh start first.', { cause: error });
  }
}

/** What a request meets on its way to the server; `undefined` lets it pass. */
export type Interference = (request: IncomingMessage, response: ServerResponse) => Wish | Promise<Wish>;
type Wish = 'handled' | 'cut the answer' | undefined;

/** Stands before the S3 server and passes everything on, but for what a test makes it do. */
export interface S3Proxy {
  readonly endpoint: string;
  /** Method and path of what came, without query. */
  readonly seen: readonly string[];
  /** Connections that are open now. */
  countConnections(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Starts a proxy; signatures stay valid because the Host header stays as it came.
 * @param listenOn a port that an earlier one had; else any
 */
export async function startS3Proxy(
  target: string,
  interfere: Interference = () => undefined,
  listenOn = 0,
): Promise<S3Proxy> {
  const { hostname, port } = new URL(target);
  const seen: string[] = [];
  const server = createServer((incoming, response) => {
    seen.push(`${incoming.method ?? ''} ${(incoming.url ?? '').replace(/\?.*/, '')}`);
    const wish = interfere(incoming, response);
    if (wish instanceof Promise) {
      void wish.then((later) => {
        pass(later, incoming, response);
      });
    } else {
      pass(wish, incoming, response);
    }
  });
  const pass = (wish: Wish, incoming: IncomingMessage, response: ServerResponse) => {
    if (wish === 'handled') {
      incoming.resume();
      return;
    }
    const { method, url: target, headers } = incoming;
    const onward = request({ hostname, port, method, path: target, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (wish === 'cut the answer') {
        answer.once('data', (chunk: Buffer) => {
          response.write(chunk.subarray(0, 100), () => response.destroy());
          answer.destroy();
        });
        return;
      }
      answer.on('error', () => {
        if (!answer.complete) response.destroy();
      });
      answer.pipe(response);
      response.once('close', () => {
        if (!answer.complete) answer.destroy();
      });
    });
    // Swift sends a few bytes too many after the answer to a HEAD for what is missing: a fault, but of a whole answer.
    onward.on('error', () => {
      if (!response.headersSent) response.destroy();
    });
    incoming.pipe(onward);
  };
  server.listen(listenOn, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    seen,
    countConnections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => {
          if (error === null) resolve(count);
          else reject(error);
        });
      }),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
