/** Six models, two prompts, two sizes: 24 cells, of which three have no picture, for two different reasons. */
export const PROOF = {
  models: [
    'atelier-sketch',
    'dall-e-2',
    'gemini-2-5-flash-image',
    'imagen-4-fast',
    'grok-imagine-image',
    'flux-1.1-pro',
  ],
  prompts: [
    'a red sailboat on a calm lake at sunset, mountains behind [[emulate:moderated-prompt@dall-e-2]]',
    'a stone bridge over a pond, a paper lantern, summer evening, watercolour',
  ],
  // The model whose largest picture is 1024 wide can't be enlarged to the second one.
  sizes: ['1024x1024', '2240x960'],
};
