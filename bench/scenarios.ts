/** What is measured. Sizes are of the picture; its base64 is a third longer. */
export interface Scenario {
  readonly name: string;
  readonly pictureBytes: number;
  /** Callers at once. */
  readonly concurrency: number;
  readonly format: 'b64_json' | 'url';
  readonly upstreamLatencyMs: number;
  /** Processes of the gateway; more than one share PostgreSQL, Redis and an S3 store. */
  readonly replicas: number;
  readonly stores: 'embedded' | 'shared';
  /** What else runs on the same work, for comparison. */
  readonly against: readonly ('direct' | 'bare-proxy')[];
}

const usual = {
  format: 'b64_json',
  upstreamLatencyMs: 0,
  replicas: 1,
  stores: 'embedded',
  against: ['direct', 'bare-proxy'],
} as const;

export const SCENARIOS: readonly Scenario[] = [
  { ...usual, name: '2m-32', pictureBytes: 1_500_000, concurrency: 32 },
  { ...usual, name: '2m-32-url', pictureBytes: 1_500_000, concurrency: 32, format: 'url' },
  { ...usual, name: '2m-1', pictureBytes: 1_500_000, concurrency: 1 },
  { ...usual, name: '100k-1', pictureBytes: 75_000, concurrency: 1 },
  { ...usual, name: '1k-32', pictureBytes: 700, concurrency: 32 },
  { ...usual, name: '2m-200', pictureBytes: 1_500_000, concurrency: 200, upstreamLatencyMs: 2_000 },
  { ...usual, name: '10m-8', pictureBytes: 8_000_000, concurrency: 8 },
  // Growth: the same without latency, from one caller to many.
  { ...usual, name: '2m-200-busy', pictureBytes: 1_500_000, concurrency: 200, against: [] },
  { ...usual, name: '2m-8-shared', pictureBytes: 1_500_000, concurrency: 8, stores: 'shared', against: [] },
  {
    ...usual,
    name: '2m-8-two',
    pictureBytes: 1_500_000,
    concurrency: 8,
    stores: 'shared',
    replicas: 2,
    against: [],
  },
];
