import { move, transferableSymbol, valueSymbol } from 'piscina';
import { editFull } from './edit/edit-full.js';
import { editPlain } from './edit/edit-plain.js';
import { readInstruction } from './edit/read-instruction.js';
import { EditSourceError, type EditRequest, type UnreadableSource } from './edit-request.js';
import { mimeTypes } from './encode.js';
import { paintFull } from './paint-full.js';
import type { Painting, PaintRequest } from './paint-request.js';
import { paintPlain } from './plain.js';
import { readPrompt } from './read-prompt.js';
import { stripEmulationTokens } from './strip-tokens.js';
import type { Understood } from './understood.js';

/** Entry of a painting thread. The picture's bytes are handed over to the caller, not copied. */
export async function paint(asked: PaintRequest): Promise<unknown> {
  // A scripted outcome must not change the picture, so its token is gone before anything looks at the prompt.
  const request: PaintRequest = { ...asked, prompt: stripEmulationTokens(asked.prompt) };
  const understood = readPrompt(request.prompt, request.avoid);
  const bytes = request.detail === 'plain' ? await paintPlain(request) : await paintFull(request, understood);
  return handOver(request, bytes, understood);
}

/** Entry of a painting thread for edits. */
export async function edit(asked: EditRequest): Promise<unknown> {
  const request: EditRequest = { ...asked, prompt: stripEmulationTokens(asked.prompt) };
  const instruction = readInstruction(request.prompt, request.avoid, request.mask !== undefined);
  try {
    const bytes =
      request.detail === 'plain' ? await editPlain(request) : await editFull(request, instruction);
    return handOver(request, bytes, instruction);
  } catch (error) {
    if (!(error instanceof EditSourceError)) throw error;
    const answer: UnreadableSource = { unreadable: error.message };
    return answer;
  }
}

function handOver(
  request: Pick<PaintRequest, 'width' | 'height' | 'format'>,
  bytes: Uint8Array,
  understood: Understood,
): unknown {
  const { width, height } = request;
  const painting: Painting = { bytes, mimeType: mimeTypes[request.format], width, height, understood };
  return move({ [transferableSymbol]: [bytes.buffer], [valueSymbol]: painting });
}
