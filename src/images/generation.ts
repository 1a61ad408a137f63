import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Microcredits } from '../credits/microcredits.js';
import type { AttemptTable, GenerationStatus, GenerationTable, ImageTable, Mode } from '../db/schema.js';
import { pictureMimeTypeSchema } from '../files/picture-mime-type.js';
import type { AcceptedTask, ArrivedImage } from './attempt.js';
import type { FinishedImage } from './finish.js';
import { publicErrorSchema, type GenerationResult, type PublicError } from './generation-result.js';
import { toOrigin, type ImageOrigin } from './image-origin.js';
import type { SourceMask, SourcePicture } from './request.js';

/** The persistent record of one image request. */
export interface Generation {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly operation: 'generate' | 'edit';
  readonly model: string;
  readonly status: GenerationStatus;
  readonly charged: Microcredits;
  readonly createdAt: Date;
  /** When its first call may have been sent; undefined while it waits. */
  readonly startedAt: Date | undefined;
  readonly completedAt: Date | undefined;
  /** The comparison that it is a cell of. */
  readonly comparisonId: string | undefined;
  /** undefined while it runs. */
  readonly result: GenerationResult | undefined;
  readonly error: PublicError | undefined;
  readonly images: readonly GeneratedImage[];
  readonly attempts: readonly StoredAttempt[];
  /** Pictures of earlier generations that an edit started from. */
  readonly parentIds: readonly string[];
}

/** One delivered picture. */
export interface GeneratedImage {
  readonly id: string;
  readonly generationId: string;
  readonly position: number;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly mimeType: FinishedImage['picture']['mimeType'];
  readonly width: number;
  readonly height: number;
  readonly revisedPrompt: string | undefined;
  readonly seed: number | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** True once its bytes were given up. Never while a file keeps it. */
  readonly removed: boolean;
  /** Whether its bytes carry content credentials. */
  readonly c2pa: boolean;
  /** undefined for pictures from before it was recorded. */
  readonly origin: ImageOrigin | undefined;
  /** The file that keeps it. */
  readonly fileId: string | undefined;
}

export interface StoredAttempt {
  readonly imageNumber: number;
  readonly attemptNumber: number;
  readonly model: string;
  readonly routeId: string;
  readonly outcome: string;
  readonly durationMs: number;
  readonly error: PublicError | undefined;
}

/** A generation as it is run from its record: from the queue, or after another process. */
export interface Job {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly keyId: string;
  readonly requestJson: string;
  readonly hold: Microcredits;
  readonly createdAt: Date;
  readonly tasks: readonly AcceptedTask[];
  /** Pictures that had arrived when its process ended. */
  readonly received: readonly ArrivedImage[];
  /** undefined for a generation that edits nothing. */
  readonly edit: EditInputs | undefined;
}

/** A picture that an edit starts from. */
export interface FoundSource {
  readonly image: GeneratedImage;
  readonly continuation: SourcePicture['continuation'];
}

/** What an edit was given. */
export interface EditInputs {
  readonly inputs: readonly SourcePicture[];
  readonly mask: SourceMask | undefined;
}

/** A finished picture on its way into the record. */
export interface NewImage {
  readonly id: string;
  readonly position: number;
  readonly finished: FinishedImage;
  readonly revisedPrompt: string | undefined;
  readonly seed: number | undefined;
  readonly continuationSha256: string | undefined;
  readonly charged: Microcredits;
}

/** An error as it was kept. */
export function parseError(json: string | null): PublicError | undefined {
  return json === null ? undefined : publicErrorSchema.parse(JSON.parse(json));
}

const positions = z.array(z.int().min(0));

/** The images that a task makes, as they were noted. */
export function parsePositions(json: string | null): readonly number[] | undefined {
  return json === null ? undefined : positions.parse(JSON.parse(json));
}

/** A picture's row. */
export function toImage(row: Selectable<ImageTable>): GeneratedImage {
  return {
    id: row.id,
    generationId: row.generation_id,
    position: row.position,
    sha256: row.blob_sha256,
    sizeBytes: row.size_bytes,
    mimeType: pictureMimeTypeSchema.parse(row.mime_type),
    width: row.width,
    height: row.height,
    revisedPrompt: row.revised_prompt ?? undefined,
    seed: row.seed ?? undefined,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    removed: row.removed_at !== null,
    c2pa: row.c2pa === 1,
    origin: toOrigin(row),
    fileId: row.file_id ?? undefined,
  };
}

/** A generation from its row and what belongs to it. */
export function toGeneration(
  row: Pick<
    Selectable<GenerationTable>,
    | 'id'
    | 'workspace_id'
    | 'mode'
    | 'operation'
    | 'model'
    | 'status'
    | 'charged_microcredits'
    | 'created_at'
    | 'started_at'
    | 'completed_at'
    | 'comparison_id'
    | 'error_json'
  >,
  result: GenerationResult | undefined,
  parts: {
    readonly images: readonly Selectable<ImageTable>[];
    readonly attempts: readonly Omit<Selectable<AttemptTable>, 'id'>[];
    readonly parentIds: readonly string[];
  },
): Generation {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    mode: row.mode,
    operation: row.operation,
    model: row.model,
    status: row.status,
    charged: row.charged_microcredits,
    createdAt: new Date(row.created_at),
    startedAt: row.started_at === null ? undefined : new Date(row.started_at),
    completedAt: row.completed_at === null ? undefined : new Date(row.completed_at),
    comparisonId: row.comparison_id ?? undefined,
    result,
    error: parseError(row.error_json),
    parentIds: parts.parentIds,
    images: parts.images.map(toImage),
    attempts: parts.attempts.map((attempt) => ({
      imageNumber: attempt.image_number,
      attemptNumber: attempt.attempt_number,
      model: attempt.model,
      routeId: attempt.route_id,
      outcome: attempt.outcome,
      // The clock may have been put back meanwhile.
      durationMs: Math.max(0, (attempt.ended_at ?? attempt.started_at) - attempt.started_at),
      error: parseError(attempt.error_json),
    })),
  };
}
