/** One real picture on a route, kept nowhere, and what its provider did other than documented. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/schema.js';
import { attemptCall, type CallWorld } from '../images/attempt.js';
import type { Drift } from '../images/drift.js';
import type { Endpoints } from '../images/endpoints.js';
import { markOf } from '../images/mark.js';
import type { Transport } from '../images/transport.js';
import type { Painter } from '../painter/painter.js';
import { PictureMeter } from '../pixels/measure.js';
import { ProviderError, type ImageSink } from '../providers/provider.js';
import { NO_INPUTS } from '../providers/shared/outgoing-body.js';
import { Metrics } from '../telemetry/metrics.js';
import type { LiveRoute } from './live-routes.js';

/** What came of it. */
export interface LiveOutcome {
  readonly route: string;
  readonly model: string;
  readonly durationMs: number;
  /** Such as `1024x1024 image/png`; undefined: no picture came. */
  readonly picture: string | undefined;
  /** Why not, in the gateway's words and the provider's. */
  readonly failure: string | undefined;
  readonly drift: readonly Drift[];
}

/** What all of them share. */
export interface LiveParts {
  readonly config: Config;
  readonly endpoints: Endpoints;
  readonly transport: Transport;
  readonly painter: Painter;
}

/** Makes the picture. Never rejects for what a provider does. */
export async function runLive(live: LiveRoute, parts: LiveParts): Promise<LiveOutcome> {
  const { candidate, request } = live;
  const { endpoints, transport, painter, config } = parts;
  const [call] = candidate.calls;
  if (call === undefined) throw new Error('a candidate has a call');
  const opened = await endpoints.open(candidate, 'live');
  const world: CallWorld = {
    transport,
    painter,
    pictures: { openSink: () => countingSink(config.ATELIER_MAX_IMAGE_BYTES) },
    clock: () => new Date(),
    wait: async (delayMs, signal) => {
      await sleep(delayMs, undefined, { signal });
    },
    shutdown: new AbortController().signal,
    recordTask: () => Promise.resolve(),
    recordImage: () => Promise.resolve(),
    tell: () => {},
    metrics: new Metrics(),
    refuseCall: () => Promise.resolve(undefined),
  };
  const startMs = performance.now();
  const { result, error } = await attemptCall(
    candidate,
    call,
    { generationId: 'gen_doctor', imageNumber: 1, attemptNumber: 1 },
    { ...opened, inputs: NO_INPUTS, base64: false, mark: (seed) => markOf(request, candidate, seed) },
    world,
    undefined,
  );
  const picture = result.received[0]?.stored.picture;
  return {
    route: live.id,
    model: live.model,
    durationMs: performance.now() - startMs,
    picture: picture && `${picture.width}x${picture.height} ${picture.mimeType}`,
    failure: picture === undefined && error !== undefined ? tellFailure(error) : undefined,
    drift: result.drift,
  };
}

function tellFailure({ info }: ProviderError): string {
  const { status, code, message } = info.upstream ?? {};
  const said = [status, code, message].filter((part) => part !== undefined).join(' ');
  return said === '' ? info.message : `${info.message} It said: ${said}`;
}

/** Measures a picture and forgets it. */
function countingSink(maxBytes: number): ImageSink {
  const meter = new PictureMeter();
  const hash = createHash('sha256');
  let sizeBytes = 0;
  return {
    write: (chunk) => {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) {
        const message = `The picture is larger than ${maxBytes} bytes.`;
        return Promise.reject(
          new ProviderError({ kind: 'bad_response', retryable: false, billed: 'unknown', message }),
        );
      }
      hash.update(chunk);
      meter.push(chunk);
      return Promise.resolve();
    },
    finish: () => Promise.resolve({ sha256: hash.digest('hex'), sizeBytes, picture: meter.end() }),
    discard: () => Promise.resolve(),
  };
}
