/**
 * An upstream of the OpenAI Images API for benchmarks: every answer is a buffer that was made at the start, so that it costs
 * next to nothing. `node --import tsx bench/upstream.ts BYTES LATENCY_MS`; prints its port and the hashes of its pictures. A prompt
 * with `wait 1500 ms` in it takes that long instead.
 */
import { createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { makeNoisePng } from '../test/support/noise-png.js';

const VARIANTS = 4;
const [sizeBytes = 1_500_000, latencyMs = 0] = process.argv.slice(2).map(Number);

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

const pngs = Array.from({ length: VARIANTS }, (_, seed) => makeNoisePng(sizeBytes, seed));
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
    const asked = /wait (\d+) ms/.exec(text)?.[1];
    const waitMs = asked === undefined ? latencyMs : Number(asked);
    text = text.slice(end + 4 + length);
    const answer = answers[turn++ % VARIANTS] ?? Buffer.alloc(0);
    if (waitMs === 0) socket.write(answer);
    else setTimeout(() => socket.destroyed || socket.write(answer), waitMs);
  });
}

const server = createServer(serve).listen(0, '127.0.0.1', 1024, () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const hashes = pngs.map((png) => createHash('sha256').update(png).digest('hex'));
  console.log(JSON.stringify({ port, hashes }));
});
