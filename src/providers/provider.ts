/**
 * The contract between the gateway and a provider: the one file that every adapter reads. An adapter knows nothing of
 * HTTP serving, credits, files or the database.
 */
import type { FastifyPluginAsync } from 'fastify';
import type { z } from 'zod';
import type { Painter } from '../painter/painter.js';
import type { XmpFacts } from '../pixels/xmp.js';
import type {
  Background,
  InputMimeType,
  ModelEntry,
  NativeSize,
  OutputFormat,
  Quality,
  RouteSpec,
} from './model.js';

/**
 * One call's worth of work with every value already legal for the model: the planner has adapted, reported or refused
 * the rest. Every field is present, so that an adapter can't forget one.
 */
export interface NativeRequest {
  readonly operation: 'generate' | 'edit';
  readonly prompt: string;
  /** Images asked of this one call, at most the model's `maxPerCall`. */
  readonly count: number;
  /** undefined: the model's own choice. */
  readonly size: NativeSize | undefined;
  readonly quality: Quality | undefined;
  readonly style: string | undefined;
  readonly background: Background | undefined;
  readonly outputFormat: OutputFormat | undefined;
  readonly outputCompression: number | undefined;
  readonly moderation: string | undefined;
  readonly personGeneration: string | undefined;
  readonly negativePrompt: string | undefined;
  readonly seed: number | undefined;
  /** The caller wants the prompt used as it stands; send whatever the protocol documents for that. */
  readonly keepPrompt: boolean;
  readonly inputFidelity: string | undefined;
  readonly complexity: string | undefined;
  /** undefined: no streaming; 0 to `params.partialImages`: stream with that many partial pictures. */
  readonly partialImages: number | undefined;
  /** Stable id of the caller's end user, already hashed or given by the caller. */
  readonly user: string | undefined;
  /** `provider_options[provider id]`, validated by the provider's own `options` schema. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The pictures of an edit as they will be sent, in the caller's order; empty when generating. */
  readonly inputs: readonly NativeInput[];
  /** True when a mask is to be sent; only for models whose entry says that they take one. Its pixels are the first input's. */
  readonly masked: boolean;
}

/** A picture of an edit, in a type and size that the model's entry allows. Its bytes are reached by an `InputRef` only. */
export interface NativeInput {
  readonly mimeType: InputMimeType;
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  /** Set where an earlier answer of the same model gave bytes to send back with this picture. */
  readonly hasContinuation: boolean;
}

/**
 * Stands in a call's body where bytes of the edit's pictures go; the transport streams them from the store.
 * - a number: that input; `continuation-N`: what came with input N
 * - `mask-alpha`: a PNG whose transparent pixels are repainted; `mask-white`: one whose white pixels are
 */
export interface InputRef {
  readonly $input: InputName;
  /** `data-url` is `data:TYPE;base64,…`; `text` puts the bytes as they are (UTF-8) into the string; `file` is a form's file part. */
  readonly as: 'base64' | 'data-url' | 'text' | 'file';
}

export type InputName = number | `continuation-${number}` | 'mask-alpha' | 'mask-white';

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A provider call as data: shown by plans, compared whole by tests, sent by the transport. `path` follows the base URL. */
export interface NativeCall {
  readonly path: string;
  readonly body: { readonly [key: string]: JsonValue };
  /** The prompt as it is sent, additions included: for the receipt. */
  readonly prompt: string;
  /** Images this call should deliver. */
  readonly count: number;
  /** Set when the protocol answers with server-sent events. */
  readonly streamed: boolean;
  /** Partial pictures that are wanted, where the protocol has no member for it. */
  readonly partialImages?: number;
  /** `form` is multipart/form-data: members that are arrays repeat their name. JSON where nothing is said. */
  readonly encoding?: 'json' | 'form';
}

/** A difference between what was asked and what is sent or delivered that only the adapter knows of. */
export interface Adjustment {
  readonly param: string;
  readonly asked?: JsonValue;
  readonly sent?: JsonValue;
  readonly delivered?: JsonValue;
  readonly reason: string;
  /** Enlargement factor, where a picture was enlarged. */
  readonly scale?: number;
}

export type Translation =
  | { readonly ok: true; readonly call: NativeCall; readonly adjustments: readonly Adjustment[] }
  | {
      readonly ok: false;
      readonly reasons: readonly string[];
      /** Set where the caller's own words are at fault, and no other route would take them either. */
      readonly problem?: 'prompt_too_long';
    };

/** Where to send calls and with what; secrets leave only for `baseUrl`'s origin. */
export interface Endpoint {
  readonly baseUrl: string;
  /** undefined where the protocol takes none. */
  readonly apiKey: string | undefined;
  /** True for the built-in emulators; then calls carry `x-emulate-scope`. */
  readonly emulated: boolean;
  /** The provider's own further settings, from its `settings`. */
  readonly extra: Readonly<Record<string, string>>;
}

/** What is known of stored picture bytes before anything else is trusted. */
export interface StoredImage {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly picture: Picture | undefined;
}

/** A picture measured from its own structure; `complete` means that its end marker was reached. */
export interface Picture {
  readonly mimeType: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/avif' | 'image/gif';
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  readonly complete: boolean;
  /** True when the bytes carry signed C2PA provenance. */
  readonly c2pa: boolean;
}

/** Takes the decoded bytes of one picture in order; `finish` resolves once they are durable. */
export interface ImageSink {
  /** @param isLent its memory is used again when the promise has resolved; otherwise it is never changed */
  write(chunk: Uint8Array, isLent?: boolean): Promise<void>;
  /**
   * Takes the base64 text that the bytes are decoded from, in order, beside them: an answer in base64 need not encode what is
   * at hand. undefined: it is written in another way, and can't be used. It may be changed afterwards.
   */
  echo?(text: Buffer | undefined): void;
  finish(): Promise<StoredImage>;
  /** Drops what was written. Safe to call at any time, also after `finish`. */
  discard(): Promise<void>;
}

/** An upstream answer whose body is still to be read. Header names are lower case. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** An open WebSocket. A socket that breaks ends its messages as one that closes does: what it was for goes on elsewhere. */
export interface UpstreamSocket {
  /** Texts and bytes in order; to be read once. */
  readonly messages: AsyncIterable<string | Uint8Array>;
  send(text: string): void;
  close(): void;
}

/** A body made of texts and of pictures that are read from the store while it is sent. */
export interface OutgoingBody {
  readonly contentType: string;
  readonly parts: readonly OutgoingPart[];
}

export type OutgoingPart =
  string | { readonly input: InputName; readonly encoding: 'bytes' | 'base64' | 'json-text' };

/** A picture of an edit as it is stored for sending. */
export interface PreparedInput {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly mimeType: InputMimeType | 'application/octet-stream';
}

/** What an adapter may use of the world. */
export interface ProviderIo {
  readonly endpoint: Endpoint;
  /**
   * Fires at the call's time limit, at cancellation and at shutdown's deadline. Work that can be stopped upstream is then
   * stopped by the adapter itself, with sends that are `afterAbort`, before it throws.
   */
  readonly signal: AbortSignal;
  /**
   * Sends to `endpoint.baseUrl + path` with the given headers; connection failures are thrown as ProviderError. With
   * `origin` the call goes to `origin + path`, which is allowed only where the provider's `trustsOrigin` says so. With
   * `afterAbort` the call does not end with `signal` but after a few seconds of its own.
   */
  send(request: {
    readonly method: 'GET' | 'POST';
    readonly afterAbort?: true;
    readonly origin?: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: OutgoingBody | string | undefined;
  }): Promise<UpstreamResponse>;
  /**
   * Opens a WebSocket at `endpoint.baseUrl + path`; it closes with `signal`. No message is larger than 8 MiB.
   * @throws ProviderError connection, timeout or cancelled
   */
  listen(request: {
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
  }): Promise<UpstreamSocket>;
  /** The pictures that the call's body refers to. @throws Error for a name that the body doesn't have */
  input(name: InputName): PreparedInput;
  /** The same picture's bytes, for models that run in this process. */
  readInput(name: InputName): Promise<Uint8Array>;
  /** Opens a sink for one picture. Bytes are stored before any metadata of the answer is trusted. */
  openImage(): ImageSink;
  /** Waits; rejects when `signal` fires. Polling goes through here, so that tests need not wait. */
  sleep(delayMs: number): Promise<void>;
  /** The built-in painter, for `sketch`. */
  readonly painter: Painter;
  /** What a picture of this call that is made in this process says of itself. @param seed that it is made with */
  mark(seed: number): XmpFacts;
  now(): Date;
  /** Tells that an answer was not as documented, where the call goes on all the same. */
  readonly drifted?: (drift: { readonly kind: DriftKind; readonly what: string }) => void;
}

/** How an answer of a provider can differ from what is documented or asked; see `src/images/drift.ts`. */
export const DRIFT_KINDS = ['shape', 'status', 'content', 'size', 'format'] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

export type DeliveredImage =
  | { readonly kind: 'stored'; readonly image: StoredImage }
  /** Downloaded at once by the gateway, without credentials. */
  | { readonly kind: 'url'; readonly url: string };

export type ProviderEvent =
  /**
   * A task exists upstream and costs money from now on, or is about to be submitted under an id of our own; stored before
   * anything else. `taskId` is opaque to the gateway and holds all that `resume` needs to find the task again. A later one
   * of the same call takes the place of the earlier.
   */
  | { readonly type: 'accepted'; readonly taskId: string }
  /** The call waits at the provider behind so many others. */
  | { readonly type: 'queued'; readonly ahead: number }
  | { readonly type: 'progress'; readonly fraction: number }
  | { readonly type: 'partial'; readonly index: number; readonly image: StoredImage }
  | {
      readonly type: 'image';
      /** Position among the call's images, from 0. */
      readonly index: number;
      readonly image: DeliveredImage;
      readonly revisedPrompt: string | undefined;
      readonly seed: number | undefined;
      /** Bytes that a later edit of this picture has to send back with it (a sink without a picture in it). */
      readonly continuation?: StoredImage;
    }
  | {
      readonly type: 'usage';
      readonly usage: TokenUsage | undefined;
      readonly costMicrocredits: number | undefined;
    }
  /** Facts for the record: the upstream's own id of the call and what it says it did. */
  | {
      readonly type: 'answered';
      readonly requestId: string | undefined;
      readonly reported: Readonly<Record<string, string>>;
    }
  /** One image of several was refused or lost; the others go on. */
  | { readonly type: 'image-failed'; readonly index: number; readonly error: ProviderError };

/** Token counts of one call. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  readonly inputTextTokens: number | undefined;
  readonly inputImageTokens: number | undefined;
  readonly outputImageTokens: number | undefined;
  readonly outputTextTokens: number | undefined;
}

export type ProviderErrorKind =
  | 'moderated'
  | 'no_image'
  | 'invalid_request'
  /** The provider does not serve this model (any more), or not to this account. */
  | 'model_unavailable'
  | 'authentication'
  | 'out_of_credit'
  | 'rate_limited'
  | 'overloaded'
  | 'timeout'
  | 'connection'
  | 'bad_response'
  | 'cancelled';

export interface ProviderErrorInfo {
  readonly kind: ProviderErrorKind;
  /** For refusals: which stage refused, `unknown` where the provider names none. */
  readonly stage?: 'prompt' | 'input' | 'output' | 'unknown';
  /** Whether the same call may succeed later; decided here, never guessed again. */
  readonly retryable: boolean;
  /** Whether the provider charges for this outcome; `unknown` after a call was sent and no answer came. */
  readonly billed: boolean | 'unknown';
  readonly retryAfterMs?: number;
  readonly message: string;
  readonly upstream?: {
    readonly status?: number;
    readonly code?: string;
    readonly message?: string;
    readonly requestId?: string;
  };
  readonly cause?: unknown;
}

/** A failed call, understood where the answer was read. */
export class ProviderError extends Error {
  readonly info: ProviderErrorInfo;

  constructor(info: ProviderErrorInfo) {
    super(info.message, info.cause === undefined ? undefined : { cause: info.cause });
    this.name = 'ProviderError';
    this.info = info;
  }
}

/** A setting that a provider reads from the environment. */
export interface ProviderSetting {
  readonly env: string;
  readonly description: string;
  readonly secret: boolean;
  /** A key in whose place several can stand; an endpoint then carries them as they are written, and a call one of them. */
  readonly several?: true;
  readonly default?: string;
}

/** What emulators are made with. */
export interface EmulatorOptions {
  readonly painter: Painter;
  readonly detail: 'full' | 'plain';
  /** How long an ordinary task takes, where the protocol has tasks; 300 if nobody says. */
  readonly taskMs?: number;
}

/** A provider that can be called. */
export interface Adapter {
  /** Pure. @param extra the route's own settings, as in `Endpoint.extra`; empty for emulators */
  translate(request: NativeRequest, route: RouteSpec, extra: Readonly<Record<string, string>>): Translation;
  run(call: NativeCall, io: ProviderIo): AsyncIterable<ProviderEvent>;
  /** Goes on with a task that `run` reported as accepted, in this process or an earlier one; never submits again. */
  readonly resume?: (taskId: string, call: NativeCall, io: ProviderIo) => AsyncIterable<ProviderEvent>;
  /**
   * How many calls wait at an endpoint, for servers that do one after the other: of several that serve a model alike the one
   * with the fewest is called. Rejects where the server does not tell.
   */
  readonly countWaiting?: (io: Pick<ProviderIo, 'endpoint' | 'signal' | 'send'>) => Promise<number>;
}

/** Where a route can be called with the given settings, or what the operator has to set for it. */
export type EndpointResolution =
  | { readonly usable: true; readonly endpoint: Omit<Endpoint, 'emulated'> }
  | { readonly usable: false; readonly reason: string };

/** Reads a small JSON document at a configured address. Rejects when there is no answer. */
export type AskJson = (
  url: string,
  options: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<{ readonly status: number; readonly body: unknown }>;

/** What an operator's own server told of itself; for logs and for operators. */
export interface Probe {
  readonly slug: string;
  readonly url: string;
  readonly dialect: string;
  readonly reachable: boolean;
  /** Names that calls may use; undefined where the server lists none. */
  readonly models: readonly string[] | undefined;
  /** In sentences. */
  readonly warnings: readonly string[];
}

/** A call that costs nothing and shows whether a key is accepted. */
export interface KeyProbe {
  /** Asked by GET; follows the base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Provider {
  /** Folder name and first part of route ids. */
  readonly id: string;
  readonly models: readonly ModelEntry[];
  /** undefined: the entries are shown, and answered with `model_not_configured`. */
  readonly adapter: Adapter | undefined;
  /** What `provider_options[id]` may hold; strict, so that a misspelt option is refused. */
  readonly optionsSchema: z.ZodType<Readonly<Record<string, unknown>>>;
  /** A plugin speaking the provider's protocol under the prefix it is registered with; undefined where there is no wire. */
  readonly createEmulator: ((options: EmulatorOptions) => FastifyPluginAsync) | undefined;
  /** What follows the emulator's prefix in a base URL, e.g. `/v1`. */
  readonly basePath: string;
  readonly settings: {
    readonly apiKey?: ProviderSetting;
    readonly baseUrl?: ProviderSetting;
    readonly extra: readonly ProviderSetting[];
  };
  /**
   * For providers whose routes differ in host or credentials (regions, platforms, self-hosted servers). `settings` holds
   * the values that are set, by variable name. Without it `settings.apiKey` and `settings.baseUrl` apply to all routes.
   */
  readonly resolveEndpoint?: (
    route: RouteSpec,
    settings: Readonly<Record<string, string>>,
  ) => EndpointResolution;
  /**
   * Whether calls with the endpoint's credentials may go to another origin than that of its base URL, e.g. the region
   * that holds a task. Without it none may.
   */
  readonly trustsOrigin?: (origin: string, endpoint: Pick<Endpoint, 'baseUrl'>) => boolean;
  /** The cheapest call that shows whether the endpoint's key is accepted, or why there is none. */
  readonly keyProbe?: (endpoint: Endpoint) => KeyProbe | { readonly none: string };
  /** Asks the operator's own servers what they are and what they serve. Never rejects; ends within seconds. */
  readonly probe?: (ask: AskJson) => Promise<readonly Probe[]>;
  /** What the last probe found that a route can't do without, by name; undefined: nothing is known against it. */
  readonly faultOf?: (route: RouteSpec) => string | undefined;
  /** How far the adapter's behaviour is proven: told in the generated model table. */
  readonly verified: string;
}
