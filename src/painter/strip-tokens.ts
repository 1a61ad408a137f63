/**
 * Removes `[[emulate:…]]` tokens, which script an emulator and are no part of the picture. An unclosed token is left
 * alone: it is then ordinary text.
 */
export function stripEmulationTokens(prompt: string): string {
  return prompt
    .replace(/\[\[\s*emulate:[^\]]*\]\]/giu, ' ')
    .replace(/[^\S\n]{2,}/gu, ' ')
    .trim();
}
