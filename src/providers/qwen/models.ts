/** Alibaba's Qwen-Image on the vendor's hosts (protocol notes §1, §4, §5, §11). */
import type { ModelEntry } from '../model.js';

export const qwenModels: readonly ModelEntry[] = [
  {
    slug: 'qwen-image',
    name: 'Qwen-Image',
    aliases: ['qwen/qwen-image', 'alibaba/qwen-image'],
    ownedBy: 'alibaba',
    strengths: ['Chinese and English prompts', 'text inside images'],
    notes:
      'Runs on the vendor’s hosts: needs the workspace’s PRC opt-in. The same open weights on your own server don’t.',
    edit: { maxInputImages: 3, mask: false },
    transparency: false,
    params: {
      size: {
        kind: 'list',
        sizes: [
          { width: 1328, height: 1328 },
          { width: 1664, height: 928 },
          { width: 928, height: 1664 },
          { width: 1472, height: 1104 },
          { width: 1104, height: 1472 },
        ],
      },
      maxPerCall: 1,
      promptMaxChars: 800,
      quality: undefined,
      defaultQuality: undefined,
      style: undefined,
      background: undefined,
      outputFormat: undefined,
      outputCompression: undefined,
      moderation: undefined,
      personGeneration: undefined,
      seed: { min: 0, max: 2_147_483_647 },
      negativePrompt: { maxChars: 500 },
      inputFidelity: undefined,
      complexity: undefined,
      partialImages: undefined,
      promptRevision: { kind: 'switchable', certain: true, how: 'prompt_extend: false' },
    },
    pricing: {
      kind: 'per-image',
      rows: [{ credits: 3.5 }],
      source: "the vendor's list price in Singapore, $0.035",
    },
    lifecycle: {},
    routes: [
      {
        id: 'qwen/qwen-image-intl',
        upstream: { generate: 'qwen-image', edit: 'qwen-image-edit-plus' },
        operator: 'Alibaba Cloud',
        operatorCountry: 'CN',
        country: 'SG',
      },
    ],
    contentPolicy: 'provider',
    timeoutMs: 300_000,
  },
];
