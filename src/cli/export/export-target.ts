import type { ExportedBytes } from './exported.js';

/** Where an export goes. */
export interface ExportTarget {
  /** Whether it has these bytes already. */
  has(bytes: ExportedBytes): Promise<boolean>;
  /** Where they are downloaded to before `take`. */
  openPlace(bytes: ExportedBytes): Promise<string>;
  /** Takes what was downloaded. */
  take(bytes: ExportedBytes, place: string, createdAt: Date): Promise<void>;
  /** One line of the manifest, in the order of the export. */
  note(id: string, line: string): Promise<void>;
  /** Everything is there. */
  finish(): Promise<void>;
  /** It will never be; leaves nothing half-made. */
  abandon(): Promise<void>;
}

/** Name of the list of all that was exported, one JSON object on each line. */
export const MANIFEST = 'manifest.jsonl';
