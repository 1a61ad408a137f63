import { move, transferableSymbol, valueSymbol } from 'piscina';
import { mimeTypes } from './encode.js';
import { paintFull } from './paint-full.js';
import type { Painting, PaintRequest } from './paint-request.js';
import { paintPlain } from './plain.js';
import { readPrompt } from './read-prompt.js';
import { stripEmulationTokens } from './strip-tokens.js';

/** Entry of a painting thread. The picture's bytes are handed over to the caller, not copied. */
export async function paint(asked: PaintRequest): Promise<unknown> {
  // A scripted outcome must not change the picture, so its token is gone before anything looks at the prompt.
  const request: PaintRequest = { ...asked, prompt: stripEmulationTokens(asked.prompt) };
  const understood = readPrompt(request.prompt, request.avoid);
  const bytes = request.detail === 'plain' ? await paintPlain(request) : await paintFull(request, understood);
  const { width, height } = request;
  const painting: Painting = { bytes, mimeType: mimeTypes[request.format], width, height, understood };
  return move({ [transferableSymbol]: [bytes.buffer], [valueSymbol]: painting });
}
