/** Delivery links of the DALL·E models: blob-store addresses that expire (protocol notes §7). */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { damagePictureBuffer } from '../shared/emulator-body.js';
import { WireError } from '../shared/emulator-kit.js';
import type { EmulatorSettings, WireAnswer } from '../shared/emulator-kit.js';
import { drawPictureBuffer, withPngCredentialsBuffer } from '../shared/emulator-picture.js';
import { openToken, sealToken } from '../shared/emulator-token.js';

const HOUR_MS = 3_600_000;

const linkedPicture = z.strictObject({
  model: z.string(),
  prompt: z.string(),
  width: z.int().min(1).max(4096),
  height: z.int().min(1).max(4096),
  seed: z.int().min(0),
  /** What lies behind the link is no whole picture. */
  broken: z.boolean(),
  start: z.string(),
  end: z.string(),
});
export type LinkedPicture = Omit<z.infer<typeof linkedPicture>, 'start' | 'end'>;

/**
 * A link valid from an hour before to an hour after its making. The picture is drawn when it is fetched: the signature
 * says what it shows.
 * @param expired the link's hour is over already
 */
export function createLink(base: string, picture: LinkedPicture, createdAt: Date, expired: boolean): string {
  const middle = createdAt.getTime() - (expired ? 2 * HOUR_MS : 0);
  const start = azureTime(new Date(middle - HOUR_MS));
  const end = azureTime(new Date(middle + HOUR_MS));
  const url = new URL(
    `${base}/files/private/org-emulated/user-emulated/img-${randomBytes(18).toString('base64url')}.png`,
  );
  url.search = new URLSearchParams({
    st: start,
    se: end,
    sp: 'r',
    sv: '2021-08-06',
    sr: 'b',
    rscd: 'inline',
    rsct: 'image/png',
    sks: 'b',
    skv: '2021-08-06',
    sig: sealToken({ ...picture, start, end }),
  }).toString();
  return url.href;
}

/** The picture behind a link; after its hour the blob store's own refusal. */
export async function followLink(
  settings: EmulatorSettings,
  query: Readonly<Record<string, unknown>>,
  now: Date,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const { st, se, sig } = query;
  const opened = linkedPicture.safeParse(typeof sig === 'string' ? openToken(sig) : undefined);
  if (!opened.success || opened.data.start !== st || opened.data.end !== se) {
    throw refusedByStore(now, 'Signature did not match.');
  }
  const { model, broken, start, end, ...order } = opened.data;
  if (now < new Date(start) || now >= new Date(end)) {
    const [from, to] = [new Date(start).toUTCString(), new Date(end).toUTCString()];
    throw refusedByStore(
      now,
      `Signature not valid in the specified time frame: Start [${from}] - Expiry [${to}] - Current [${now.toUTCString()}]`,
    );
  }
  const drawn = await drawPictureBuffer(settings, { ...order, format: 'png', label: model }, signal);
  const bytes = model === 'dall-e-3' ? withPngCredentialsBuffer(drawn) : drawn;
  return {
    status: 200,
    headers: { 'content-type': 'image/png', 'x-ms-blob-type': 'BlockBlob', 'accept-ranges': 'bytes' },
    body: broken ? damagePictureBuffer(bytes) : bytes,
  };
}

function refusedByStore(now: Date, detail: string): WireError {
  const requestId = randomBytes(16).toString('hex');
  const body =
    '\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.\n' +
    `RequestId:${requestId}\nTime:${now.toISOString()}</Message>` +
    `<AuthenticationErrorDetail>${detail}</AuthenticationErrorDetail></Error>`;
  return new WireError(403, body, {
    'content-type': 'application/xml',
    'x-ms-request-id': requestId,
    'x-ms-error-code': 'AuthenticationFailed',
  });
}

/** ISO time without fractions, as the store writes it. */
function azureTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
