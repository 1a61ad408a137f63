/**
 * An upstream of the OpenAI Images API for benchmarks: every answer is a buffer that was made at the start, so that it costs
 * next to nothing. `node --import tsx bench/upstream.ts BYTES LATENCY_MS`; prints its port and the hashes of its pictures.
 */
import { createCipheriv, createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { crc32, deflateSync } from 'node:zlib';

const VARIANTS = 4;
const [sizeBytes = 1_500_000, latencyMs = 0] = process.argv.slice(2).map(Number);

/** A whole PNG of about so many bytes: noise, which does not compress. */
function makePng(bytes: number, seed: number): Buffer {
  const side = Math.max(1, Math.round(Math.sqrt(bytes / 3)));
  const rowBytes = side * 3 + 1;
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed + 1), Buffer.alloc(16));
  const pixels = cipher.update(Buffer.alloc(side * rowBytes));
  for (let row = 0; row < side; row += 1) pixels[row * rowBytes] = 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels, { level: 0 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function answerWith(png: Buffer): Buffer {
  const body =
    `{"created":1700000000,"data":[{"b64_json":"${png.toString('base64')}"}],"output_format":"png","quality":"high",` +
    '"size":"1024x1024","usage":{"input_tokens":50,"input_tokens_details":{"image_tokens":0,"text_tokens":50},' +
    '"output_tokens":4160,"total_tokens":4210}}';
  const head =
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n' +
    `content-length: ${body.length}\r\nx-request-id: req_bench\r\n\r\n`;
  return Buffer.from(head + body, 'latin1');
}

const pngs = Array.from({ length: VARIANTS }, (_, seed) => makePng(sizeBytes, seed));
const answers = pngs.map(answerWith);
let turn = 0;

/** Small requests come whole or in two pieces; their length is believed. */
function serve(socket: Socket): void {
  let text = '';
  socket.setNoDelay(true);
  socket.on('error', () => {
    // A benchmark that ends cuts its connections.
  });
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    const length = Number(/\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
    if (end < 0 || text.length < end + 4 + length) return;
    text = text.slice(end + 4 + length);
    const answer = answers[turn++ % VARIANTS] ?? Buffer.alloc(0);
    if (latencyMs === 0) socket.write(answer);
    else setTimeout(() => socket.destroyed || socket.write(answer), latencyMs);
  });
}

const server = createServer(serve).listen(0, '127.0.0.1', 1024, () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const hashes = pngs.map((png) => createHash('sha256').update(png).digest('hex'));
  console.log(JSON.stringify({ port, hashes }));
});
