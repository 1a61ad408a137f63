/** What a check of the stores can find. */
export const PROBLEM_KINDS = [
  'missing',
  'damaged',
  'wrong_size',
  'found_again',
  'unreadable',
  'unrecorded',
  'condemned',
  'forgotten',
  'kept_by_nothing',
  'wrong_total',
  'unknown',
  'left_over',
] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

/** Who refers to a blob. */
export interface BlobUse {
  readonly kind: 'file' | 'image' | 'original' | 'continuation' | 'preview' | 'input' | 'received';
  /** Of the file, the picture or the generation. */
  readonly id: string;
  /** Of a file. */
  readonly filename?: string;
}

/** One thing that is wrong, and what became of it. */
export interface Problem {
  readonly kind: ProblemKind;
  /** The hash of a blob, the name of what stands in the store, or the id of a record. */
  readonly subject: string;
  readonly sizeBytes: number;
  /** Some of those that it matters to. */
  readonly uses: readonly BlobUse[];
  /** What is wrong, in words. */
  readonly what: string;
  readonly repaired: boolean;
  /** What was done, or why nothing was; undefined: nothing was asked for. */
  readonly done: string | undefined;
}

/** How many there are, and how many bytes they have. */
export interface Amount {
  count: number;
  bytes: number;
}

/** What a check looked at and found. */
export interface CheckSummary {
  /** Blobs that have a record. */
  readonly blobs: Amount;
  /** Bytes of blobs that were read and hashed. */
  readonly read: Amount;
  /** Blobs that are known to be lost since an earlier check. */
  readonly lost: Amount;
  /** Damaged bytes that a check has put aside. */
  readonly aside: Amount;
  /** What writers are writing now. */
  readonly unfinished: Amount;
  /** Things among the blobs that are none; nothing is done about them. */
  readonly foreign: Amount;
  readonly problems: Amount;
  readonly repaired: Amount;
  readonly byKind: Partial<Record<ProblemKind, Amount>>;
}

/** Everything at zero. */
export function emptySummary(): CheckSummary {
  const none = (): Amount => ({ count: 0, bytes: 0 });
  return {
    blobs: none(),
    read: none(),
    lost: none(),
    aside: none(),
    unfinished: none(),
    foreign: none(),
    problems: none(),
    repaired: none(),
    byKind: {},
  };
}

export function add(amount: Amount, bytes: number): void {
  amount.count += 1;
  amount.bytes += bytes;
}
