import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Clock } from '../clock.js';
import type { ComparisonService } from '../comparisons/comparison-service.js';
import type { ComparisonStore } from '../comparisons/comparison-store.js';
import type { Config } from '../config/schema.js';
import type { Ledger } from '../credits/ledger-store.js';
import type { Margins } from '../credits/margin-store.js';
import type { FileStore } from '../files/file-store.js';
import type { PictureStore } from '../files/picture-store.js';
import type { LinkSigner } from '../files/signed-links.js';
import type { Endpoints } from '../images/endpoints.js';
import type { GenerationStore } from '../images/generation-store.js';
import type { InputIntake } from '../images/intake.js';
import type { IdempotentCalls } from '../images/idempotent-calls.js';
import type { Previews } from '../images/previews.js';
import type { ImageService } from '../images/image-service.js';
import type { RecipeStore } from '../images/recipes/recipe-store.js';
import type { WatchParts } from '../jobs/watch.js';
import type { Budgets } from '../limits/budgets.js';
import type { Limits } from '../limits/limits.js';
import type { ClientAddresses } from '../net/client-addresses.js';
import type { Routes } from '../routing/routes.js';
import type { Gauges } from '../telemetry/gauges.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Reports } from '../usage/reports.js';
import type { Webhooks } from '../webhooks/webhooks.js';
import type { SessionStore } from '../workspaces/session-store.js';
import type { WorkspaceStore } from '../workspaces/workspace-store.js';
import type { Door } from './overload/door.js';
import type { FailedKeys } from './failed-keys.js';
import type { FailedSignIns } from './web/failed-sign-ins.js';
import type { SignInLinks } from './web/sign-in-links.js';

/** What routes may use. */
export interface HttpContext {
  readonly config: Config;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly workspaces: WorkspaceStore;
  readonly sessions: SessionStore;
  readonly signInLinks: SignInLinks;
  readonly clientAddresses: ClientAddresses;
  readonly failedKeys: FailedKeys;
  readonly failedSignIns: FailedSignIns;
  readonly ledger: Ledger;
  readonly images: ImageService;
  readonly intake: InputIntake;
  readonly generations: GenerationStore;
  readonly recipes: RecipeStore;
  readonly limits: Limits;
  readonly budgets: Budgets;
  readonly reports: Reports;
  readonly margins: Margins;
  readonly pictures: PictureStore;
  readonly files: FileStore;
  readonly idempotentCalls: IdempotentCalls;
  readonly comparisons: ComparisonService;
  readonly comparisonStore: ComparisonStore;
  readonly previews: Previews;
  readonly endpoints: Endpoints;
  readonly routes: Routes;
  readonly metrics: Metrics;
  readonly gauges: Gauges;
  /** Lets requests in as far as there is room. */
  readonly door: Door;
  readonly signer: LinkSigner;
  readonly webhooks: Webhooks;
  /** Start of links; known once the server listens. */
  readonly publicUrl: () => string;
  /** Where this process itself can be called; known once the server listens. */
  readonly listeningUrl: () => string;
  /** What watching generations needs. */
  readonly watching: WatchParts;
  /** Until when pictures are kept that their caller did not get. */
  readonly unfetchedUntil: () => Date;
  /** Throws when a store can't be used. */
  readonly checkStores: () => Promise<void>;
}

/** A Fastify instance whose routes are typed by their zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;
