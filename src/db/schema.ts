import type { ColumnType, Generated } from 'kysely';

/**
 * Tables as Kysely sees them. Times are Unix milliseconds, money is integer microcredits, JSON is text, booleans are
 * 0 or 1: types that SQLite and PostgreSQL share.
 */
export interface Database {
  workspaces: WorkspaceTable;
  api_keys: ApiKeyTable;
  accounts: AccountTable;
  ledger_entries: LedgerEntryTable;
  generations: GenerationTable;
  attempts: AttemptTable;
  tasks: TaskTable;
  images: ImageTable;
  image_previews: ImagePreviewTable;
  generation_inputs: GenerationInputTable;
  blobs: BlobTable;
  files: FileTable;
  storage_totals: StorageTotalTable;
  audit_log: AuditTable;
  credit_parcels: CreditParcelTable;
  idempotent_calls: IdempotentCallTable;
  webhooks: WebhookTable;
  webhook_deliveries: WebhookDeliveryTable;
  budget_alerts: BudgetAlertTable;
  operator_settings: OperatorSettingTable;
  received_images: ReceivedImageTable;
  generation_events: GenerationEventTable;
  recipes: RecipeTable;
  web_sessions: WebSessionTable;
  comparisons: ComparisonTable;
  comparison_cells: ComparisonCellTable;
}

export type Mode = 'live' | 'test';
type Immutable<T> = ColumnType<T, T, never>;

export interface WorkspaceTable {
  id: Immutable<string>;
  name: string;
  created_at: Immutable<number>;
  prc_opt_in: 0 | 1;
  /** What happens to a retired model: `forward` to its successor, or `refuse`. */
  retired_models: 'forward' | 'refuse';
  limits_json: string | null;
  policy_json: string | null;
  /** Fallback chains by the slug that they stand behind. */
  fallbacks_json: string | null;
  /** What becomes of a call that was sent and never answered. */
  unknown_outcomes: ColumnType<'final' | 'repeat', 'final' | 'repeat' | undefined, 'final' | 'repeat'>;
  /** 1: pictures that say nothing of their origin are marked. */
  mark_unlabelled: Generated<0 | 1>;
  /** From when on alerts are told; null: as by default. */
  alerts_json: string | null;
  /** Seconds that a picture stays that nobody keeps; null: as long as the gateway keeps them. */
  picture_retention_s: ColumnType<number | null, number | null | undefined, number | null>;
}

export interface ApiKeyTable {
  id: Immutable<string>;
  workspace_id: Immutable<string>;
  mode: Immutable<Mode>;
  role: string;
  name: string;
  /** SHA-256 of the key, hexadecimal; the key itself is never stored. */
  key_hash: Immutable<string>;
  /** First characters, to recognise a key in lists. */
  key_prefix: Immutable<string>;
  created_at: Immutable<number>;
  /** The key that made it; null for the operator's. */
  created_by: Immutable<string | null>;
  revoked_at: number | null;
  expires_at: number | null;
  last_used_at: number | null;
  limits_json: string | null;
}

/** One balance per workspace and mode; always the sum of its ledger entries. */
export interface AccountTable {
  workspace_id: Immutable<string>;
  mode: Immutable<Mode>;
  balance_microcredits: number;
  held_microcredits: number;
}

/** Append-only. */
export interface LedgerEntryTable {
  /** Order of writing. */
  sequence: Generated<number>;
  id: Immutable<string>;
  workspace_id: Immutable<string>;
  mode: Immutable<Mode>;
  kind: Immutable<'grant' | 'top_up' | 'hold' | 'settle' | 'release' | 'expire'>;
  balance_delta_microcredits: Immutable<number>;
  held_delta_microcredits: Immutable<number>;
  generation_id: Immutable<string | null>;
  note: Immutable<string | null>;
  created_at: Immutable<number>;
}

export type GenerationStatus = 'queued' | 'running' | 'succeeded' | 'partial' | 'failed' | 'cancelled';

export interface GenerationTable {
  id: Immutable<string>;
  workspace_id: Immutable<string>;
  mode: Immutable<Mode>;
  key_id: Immutable<string>;
  operation: Immutable<'generate' | 'edit'>;
  /** Slug as asked, after alias resolution. */
  model: Immutable<string>;
  status: GenerationStatus;
  request_json: Immutable<string>;
  /** The plan's chosen candidate, adjustments, quote and receipt; null while running. */
  result_json: string | null;
  error_json: string | null;
  hold_microcredits: number;
  charged_microcredits: number;
  created_at: Immutable<number>;
  completed_at: number | null;
  /** The process that runs it, and until when that is believed without hearing of it. */
  lease_owner: string | null;
  lease_expires_at: number | null;
  /** When its first call may have been sent; null: certainly nothing was. */
  started_at: number | null;
  /** Until then nobody takes it from the queue. */
  run_after: number | null;
  cancel_requested_at: number | null;
  /** The comparison that it is a cell of; absent: of none. */
  comparison_id: ColumnType<string | null, string | null | undefined, never>;
}

export interface AttemptTable {
  id: Generated<number>;
  generation_id: Immutable<string>;
  /** First image of the call, from 1. */
  image_number: Immutable<number>;
  /** Counted per image across candidates, from 1. */
  attempt_number: Immutable<number>;
  model: Immutable<string>;
  route_id: Immutable<string>;
  started_at: Immutable<number>;
  ended_at: number | null;
  outcome: string;
  error_json: string | null;
  upstream_request_id: string | null;
}

/** Upstream tasks of running generations: what a restart goes on with instead of paying again. */
export interface TaskTable {
  generation_id: Immutable<string>;
  /** First image of the call, from 1. */
  image_number: Immutable<number>;
  attempt_number: Immutable<number>;
  route_id: Immutable<string>;
  /** Opaque to the gateway. */
  task_id: Immutable<string>;
  /** Which key of the route's it was submitted with; null where that is not known. */
  key_id: Immutable<string | null>;
  /** Positions of the images that it makes, from 0; null where that is not known. */
  positions_json: Immutable<string | null>;
  created_at: Immutable<number>;
}

/** Pictures of running generations as they arrived: what a restart still delivers and charges. */
export interface ReceivedImageTable {
  generation_id: Immutable<string>;
  /** Position in the answer, from 0. */
  position: Immutable<number>;
  /** First image of its call, from 1. */
  image_number: Immutable<number>;
  attempt_number: Immutable<number>;
  route_id: Immutable<string>;
  blob_sha256: Immutable<string>;
  size_bytes: Immutable<number>;
  /** As measured while it arrived. */
  picture_json: Immutable<string | null>;
  revised_prompt: Immutable<string | null>;
  seed: Immutable<number | null>;
  continuation_sha256: Immutable<string | null>;
  continuation_size_bytes: Immutable<number | null>;
  /** What its call had reported of its usage and cost by then. */
  usage_json: Immutable<string | null>;
  cost_microcredits: Immutable<number | null>;
  started_at: Immutable<number>;
  received_at: Immutable<number>;
}

/** Progress and partial pictures of generations, for those who watch; kept for an hour. */
export interface GenerationEventTable {
  generation_id: Immutable<string>;
  /** From 1. */
  sequence: Immutable<number>;
  kind: Immutable<'waiting' | 'progress' | 'partial' | 'arrived'>;
  data_json: Immutable<string>;
  created_at: Immutable<number>;
}

export interface ImageTable {
  id: Immutable<string>;
  generation_id: Immutable<string>;
  workspace_id: Immutable<string>;
  mode: Immutable<Mode>;
  /** Position in the answer, from 0. */
  position: Immutable<number>;
  blob_sha256: string;
  /** Bytes that a later edit of this picture has to send back to the provider. */
  continuation_sha256: string | null;
  size_bytes: number;
  mime_type: string;
  width: number;
  height: number;
  c2pa: 0 | 1;
  revised_prompt: string | null;
  seed: number | null;
  charged_microcredits: number;
  created_at: Immutable<number>;
  /** When the picture itself may be removed. */
  expires_at: number;
  /** When its bytes were given up; they may be gone from then on. Never while a file keeps it. */
  removed_at: number | null;
  /** The file that keeps it. */
  file_id: string | null;
  /** Slug of the model that was served, and what it did; null only for a moment of a migration. */
  model: Immutable<string | null>;
  operation: Immutable<'generate' | 'edit' | null>;
  /** What became of the provider's bytes; null for pictures from before this was recorded. */
  treatment: Immutable<'untouched' | 'marked' | 'converted' | null>;
  /** How it came about, by IPTC's vocabulary. */
  source_type: Immutable<string | null>;
  recipe_hash: Immutable<string | null>;
  /** The provider's signed picture that a converted one was made of; it lives as long. */
  original_sha256: Immutable<string | null>;
  original_size_bytes: Immutable<number | null>;
  original_mime_type: Immutable<string | null>;
  original_width: Immutable<number | null>;
  original_height: Immutable<number | null>;
}

/** Small versions of pictures; they live as long as those. */
export interface ImagePreviewTable {
  image_id: Immutable<string>;
  /** In pixels, of a closed ladder. */
  width: Immutable<number>;
  blob_sha256: Immutable<string>;
  size_bytes: Immutable<number>;
  mime_type: Immutable<string>;
  created_at: Immutable<number>;
}

/** Pictures and the mask that an edit was given: kept while its generation runs and while its pictures live. */
export interface GenerationInputTable {
  generation_id: Immutable<string>;
  /** Position among the pictures, from 0; the mask has -1. */
  position: Immutable<number>;
  blob_sha256: Immutable<string>;
  size_bytes: Immutable<number>;
  mime_type: Immutable<string>;
  width: Immutable<number>;
  height: Immutable<number>;
  has_alpha: Immutable<0 | 1>;
  /** The picture of an earlier generation that it is: the parent in a picture's history. */
  image_id: Immutable<string | null>;
  /** The file that it was given as. */
  file_id: Immutable<string | null>;
  continuation_sha256: Immutable<string | null>;
  continuation_size_bytes: Immutable<number | null>;
  /** Slug of the model that the continuation belongs to. */
  continuation_model: Immutable<string | null>;
  /** What was done to it at the door: texts. */
  changes_json: Immutable<string>;
  /** null while the generation runs. */
  expires_at: number | null;
  removed_at: number | null;
}

/** What the blob store holds or is about to hold. See `BlobRecords` for when it goes. */
export interface BlobTable {
  sha256: Immutable<string>;
  size_bytes: number;
  /** `lost`: a check of the store found it missing or damaged. */
  state: 'kept' | 'deleting' | 'lost';
  touched_at: number;
  /** When the sweeper looks whether anything refers to it; null: not before a reference is given up. */
  review_at: number | null;
}

/** Pictures that are stored until somebody deletes them or their own time is over. */
export interface FileTable {
  id: Immutable<string>;
  workspace_id: Immutable<string>;
  mode: Immutable<Mode>;
  /** The key that stored it. */
  key_id: Immutable<string>;
  purpose: Immutable<string>;
  /** Safe to be shown and to be saved under. */
  filename: Immutable<string>;
  blob_sha256: Immutable<string>;
  size_bytes: Immutable<number>;
  mime_type: Immutable<string>;
  width: Immutable<number>;
  height: Immutable<number>;
  c2pa: Immutable<0 | 1>;
  /** Slug of the model that made it; null for uploads. */
  model: Immutable<string | null>;
  generation_id: Immutable<string | null>;
  /** The picture that it keeps. */
  image_id: Immutable<string | null>;
  /** The file of the bytes that it was converted from. */
  derived_from_file_id: Immutable<string | null>;
  created_at: Immutable<number>;
  /** null: never. */
  expires_at: Immutable<number | null>;
  removed_at: number | null;
}

/** Sums over files that are stored now. */
export interface StorageTotalTable {
  workspace_id: Immutable<string>;
  mode: Immutable<Mode>;
  /** Empty: of the whole workspace. */
  key_id: Immutable<string>;
  files: number;
  file_bytes: number;
}

export interface AuditTable {
  id: Generated<number>;
  workspace_id: Immutable<string>;
  actor: Immutable<string>;
  action: Immutable<string>;
  detail_json: Immutable<string>;
  created_at: Immutable<number>;
}

/** Credits that were given at once. The remainders of an account's parcels add up to its balance. */
export interface CreditParcelTable {
  id: Immutable<string>;
  workspace_id: Immutable<string>;
  mode: Immutable<Mode>;
  kind: Immutable<'grant' | 'top_up'>;
  granted_microcredits: Immutable<number>;
  remaining_microcredits: number;
  note: Immutable<string | null>;
  created_at: Immutable<number>;
  /** null: never. */
  expires_at: Immutable<number | null>;
}

/** Calls that were made under an idempotency key. */
export interface IdempotentCallTable {
  workspace_id: Immutable<string>;
  mode: Immutable<Mode>;
  path: Immutable<string>;
  idempotency_key: Immutable<string>;
  /** Of the canonical body. */
  body_sha256: Immutable<string>;
  /** Set once the price is held: from then on the outcome is kept. */
  generation_id: string | null;
  /** For calls that make no generation. */
  result_json: string | null;
  /** The process that runs it, while it runs. */
  owner: string | null;
  lease_expires_at: number | null;
  created_at: Immutable<number>;
  expires_at: number;
}

export interface WebhookTable {
  id: Immutable<string>;
  workspace_id: Immutable<string>;
  /** Events of this mode only. */
  mode: Immutable<Mode>;
  url: string;
  description: string | null;
  /** Encrypted under the operator's secret. */
  secret_sealed: string;
  events_json: string;
  created_at: Immutable<number>;
  removed_at: number | null;
  disabled_at: number | null;
  disabled_reason: string | null;
  /** Attempts that failed since the last one that did not, and when the first of them was. */
  failed_attempts: number;
  failing_since: number | null;
  last_status: number | null;
  last_error: string | null;
  last_delivered_at: number | null;
}

export interface WebhookDeliveryTable {
  id: Immutable<string>;
  webhook_id: Immutable<string>;
  workspace_id: Immutable<string>;
  event: Immutable<string>;
  payload_json: Immutable<string>;
  /** Those that began. */
  attempts: number;
  /** null once it has ended. While an attempt runs: when it is believed to be lost. */
  next_attempt_at: number | null;
  last_attempt_at: number | null;
  last_status: number | null;
  last_error: string | null;
  created_at: Immutable<number>;
  /** Delivered, or given up: `last_status` tells. */
  ended_at: number | null;
}

/** Which alerts of a budget were told in which month. */
export interface BudgetAlertTable {
  workspace_id: Immutable<string>;
  mode: Immutable<Mode>;
  /** Id of a key, or `workspace`. */
  subject: Immutable<string>;
  /** YYYY-MM, UTC. */
  month: Immutable<string>;
  percent: Immutable<number>;
  told_at: Immutable<number>;
}

/** What the operator set at run time, e.g. the margin. */
export interface OperatorSettingTable {
  name: Immutable<string>;
  value_json: string;
  updated_at: number;
}

/** Requests that are saved by name; those of a workspace serve both of its modes. */
export interface RecipeTable {
  workspace_id: Immutable<string>;
  name: Immutable<string>;
  /** Goes up at every change, and on when a name is used again: a name and a version are one text for ever. */
  version: number;
  description: string | null;
  request_json: string;
  /** Those that are declared. */
  variables_json: string;
  created_at: number;
  updated_at: number;
  /** Id of a key. */
  updated_by: string;
  /** Then nothing is kept of it but its version. */
  removed_at: number | null;
}

/** Keys that a browser is signed in with; its cookie holds one token for all of them. */
export interface WebSessionTable {
  /** SHA-256 of the token, hexadecimal; the token itself is never stored. */
  token_hash: Immutable<string>;
  key_id: Immutable<string>;
  created_at: Immutable<number>;
  expires_at: Immutable<number>;
}

export type ComparisonStatus = 'running' | 'succeeded' | 'partial' | 'failed' | 'cancelled';

/** A matrix of generations that were quoted and held at once. */
export interface ComparisonTable {
  id: Immutable<string>;
  workspace_id: Immutable<string>;
  mode: Immutable<Mode>;
  key_id: Immutable<string>;
  status: ComparisonStatus;
  request_json: Immutable<string>;
  axes_json: Immutable<string>;
  /** How its contact sheet is wanted; null: none is. */
  sheet_json: Immutable<string | null>;
  quote_microcredits: Immutable<number>;
  /** The file of its contact sheet. */
  sheet_file_id: string | null;
  /** Texts; null: none. */
  warnings_json: string | null;
  created_at: Immutable<number>;
  completed_at: number | null;
  cancel_requested_at: number | null;
  /** The process that draws its sheet and ends it, and until when that is believed. */
  lease_owner: string | null;
  lease_expires_at: number | null;
  /** How often somebody has begun to end it. */
  finish_attempts: number;
}

/** One combination of a comparison's values. */
export interface ComparisonCellTable {
  comparison_id: Immutable<string>;
  /** From 0, in the order of the matrix. */
  position: Immutable<number>;
  coordinates_json: Immutable<string>;
  /** null where it could not be planned. */
  generation_id: Immutable<string | null>;
  quote_microcredits: Immutable<number | null>;
  /** Why it could not be planned. */
  error_json: Immutable<string | null>;
}
