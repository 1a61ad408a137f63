import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setInterval } from 'node:timers';
import type { Logger } from 'pino';
import { Catalogue } from './catalogue/catalogue.js';
import { steadyClock, systemClock, type Clock } from './clock.js';
import { ComparisonService } from './comparisons/comparison-service.js';
import { ComparisonStore } from './comparisons/comparison-store.js';
import { Finisher } from './comparisons/finisher.js';
import { loadSecrets } from './config/load.js';
import type { Config } from './config/schema.js';
import { Ledger } from './credits/ledger-store.js';
import { Margins } from './credits/margin-store.js';
import { openDatabase } from './db/database.js';
import { FileStore } from './files/file-store.js';
import { sweep } from './files/retention.js';
import { LinkSigner } from './files/signed-links.js';
import { createApp } from './http/app.js';
import { Door } from './http/overload/door.js';
import { LoopDelay } from './http/overload/loop-delay.js';
import { FailedKeys } from './http/failed-keys.js';
import { FailedSignIns } from './http/web/failed-sign-ins.js';
import { SignInLinks } from './http/web/sign-in-links.js';
import type { App } from './http/context.js';
import { refuseCall } from './images/current-policy-store.js';
import { Endpoints } from './images/endpoints.js';
import { EventLog } from './images/event-log-store.js';
import { GenerationStore } from './images/generation-store.js';
import { IdempotentCalls } from './images/idempotent-calls.js';
import { ImageService } from './images/image-service.js';
import { InputIntake } from './images/intake.js';
import { PreviewStore } from './images/preview-store.js';
import { Previews } from './images/previews.js';
import { Lanes } from './images/lanes.js';
import { RecipeStore } from './images/recipes/recipe-store.js';
import { waitForReal, type Wait } from './images/retry.js';
import { Transport } from './images/transport.js';
import { Watchers } from './images/watchers.js';
import { Leases } from './jobs/lease-store.js';
import { Queue } from './jobs/queue-store.js';
import { Worker } from './jobs/worker.js';
import { Budgets } from './limits/budgets.js';
import { Limits } from './limits/limits.js';
import { ClientAddresses } from './net/client-addresses.js';
import { PictureFetcher } from './net/picture-fetcher.js';
import { Painter } from './painter/painter.js';
import { EmulatorHub } from './providers/emulator-hub.js';
import { fetchJson } from './net/fetch-json.js';
import { createProviders } from './providers/registry.js';
import { watchServers } from './providers/watch-servers.js';
import { Routes } from './routing/routes.js';
import { readBacklog } from './telemetry/backlog-store.js';
import { Gauges } from './telemetry/gauges.js';
import { lookAtRoutes } from './telemetry/look-at-routes.js';
import { Metrics } from './telemetry/metrics.js';
import { makeFirstWorkspace, showFirstKeys, type FirstKeys } from './server/first-keys.js';
import { Housekeeping } from './server/housekeeping.js';
import { openFailureCounter, openMarks, openRedis, openTracing } from './server/open-services.js';
import { openPictureStores } from './server/picture-stores.js';
import { Reports } from './usage/reports.js';
import { tellLowCredits } from './webhooks/money-alerts-store.js';
import { Webhooks } from './webhooks/webhooks.js';
import { SessionStore } from './workspaces/session-store.js';
import { WorkspaceStore } from './workspaces/workspace-store.js';

/** Connections that wait to be accepted: many may come within one turn of the event loop. The system has a bound of its own. */
const LISTEN_BACKLOG = 4096;

/** A picture whose caller never got it can be fetched for a day. */
const UNFETCHED_TTL_MS = 24 * 60 * 60 * 1000;

/** For one input given by address, from the look-up to the last byte. */
const FETCH_TIMEOUT_MS = 30_000;

/** What the world outside gives; tests give their own. */
export interface ServerOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly wait?: Wait;
  /** From 0 to 1: spreads retries. */
  readonly random?: () => number;
}

/** A running gateway. */
export interface Server {
  readonly app: App;
  /** Where it listens, without a slash at its end. */
  readonly url: string;
  readonly firstKeys: FirstKeys | undefined;
  /** Removes what has expired; runs by itself every minute. */
  sweep(): Promise<{ readonly pictures: number; readonly blobs: number }>;
  /** Takes no new requests, lets running generations finish until the deadline, closes the stores. */
  stop(): Promise<void>;
}

/** Wires stores, service and routes together and listens. Everything that is half-wired refuses to start. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { config, logger, clock = systemClock, wait = waitForReal, random = Math.random } = options;
  const steady = options.clock ?? steadyClock;
  const metrics = new Metrics(await openTracing(config));
  const providers = createProviders(config);
  const catalogue = new Catalogue(providers);
  const stopping = new AbortController();
  // Everything that waits listens to it.
  setMaxListeners(0, stopping.signal);
  const db = await openDatabase(config, {
    onConnectionLost: (error) => {
      logger.warn({ err: error }, 'a connection to the database broke');
    },
    stopping: stopping.signal,
  });
  const patiently = <T>(work: () => Promise<T>, maxMs?: number) => db.patiently(work, maxMs);
  const ledger = new Ledger(db, clock, (trx, account, fall) => tellLowCredits(trx, account, fall, clock()));
  const margins = new Margins(db, clock);
  const workspaces = new WorkspaceStore(db, ledger, clock, {
    onMarkFailed: (error) => {
      logger.warn({ err: error }, 'the time of a key’s last use could not be written');
    },
  });
  const sessions = new SessionStore(db, clock);
  const signInLinks = new SignInLinks(clock);
  const redis = await openRedis(config, logger);
  const limits = new Limits({ db, clock, redis });
  const budgets = new Budgets(db, clock);
  const tenure = { processId: randomUUID(), leaseMs: config.ATELIER_LEASE_S * 1000 };
  const leases = new Leases(db, clock, tenure);
  const queue = new Queue(db, clock, tenure);
  const generations = new GenerationStore(db, ledger, clock, tenure, metrics);
  const events = new EventLog(db, clock);
  const { blobs, records, health, pictures } = await openPictureStores(config, db, {
    clock,
    metrics,
    logger,
  });
  const files = new FileStore(db, clock);
  const painter = new Painter({ threads: config.ATELIER_PAINTER_THREADS });
  const hub = new EmulatorHub(providers, { painter, detail: config.ATELIER_EMULATOR_DETAIL });
  const endpoints = new Endpoints(config, hub);
  const transport = new Transport(() => endpoints.trustedOrigins());
  const lanes = new Lanes(config.ATELIER_MAX_RUNNING, config.ATELIER_MAX_WAITING);
  const routes = new Routes({
    clock: steady,
    wait,
    random,
    maxRunning: config.ATELIER_MAX_RUNNING,
    shared: redis === undefined ? undefined : openMarks(redis, config, logger),
    onBlocked: (what) => {
      logger.warn(what, 'a route is paused, or a key is parked');
    },
  });
  const onInternalError = (error: unknown, generationId: string) => {
    logger.error({ err: error, generationId }, 'a generation failed inside');
  };
  const watchers = new Watchers(events, db.signals, () => performance.now(), onInternalError);
  const unfetchedTtlMs = Math.max(UNFETCHED_TTL_MS, config.ATELIER_LINK_TTL_S * 1000);
  const images = new ImageService({
    catalogue,
    margins,
    generations,
    limits,
    endpoints,
    transport,
    pictures,
    painter,
    lanes,
    routes,
    routeOrder: config.ATELIER_ROUTE_ORDER,
    clock,
    steady,
    wait,
    random,
    budget: {
      attemptsPerRoute: config.ATELIER_MAX_ATTEMPTS,
      attempts: config.ATELIER_MAX_ATTEMPTS_PER_IMAGE,
      totalMs: config.ATELIER_MAX_GENERATION_S * 1000,
    },
    watchers,
    signals: db.signals,
    holds: (id) => leases.holds(id),
    handOver: (id) => leases.handOver(id),
    postpone: (id, delayMs) => queue.postpone(id, delayMs),
    stopping: stopping.signal,
    maxWaiting: config.ATELIER_MAX_WAITING,
    refuseCall: async (candidate, id) =>
      (await health.refusal()) ?? patiently(() => refuseCall(db.kysely, id, candidate)),
    patiently,
    canStore: () => health.isUsable(),
    metrics,
    linkTtlMs: config.ATELIER_LINK_TTL_S * 1000,
    unfetchedTtlMs,
    maxPixels: config.ATELIER_MAX_PIXELS,
    onInternalError,
  });
  const worker = new Worker({
    queue,
    leases,
    leaseMs: tenure.leaseMs,
    generations,
    images,
    lanes,
    signals: db.signals,
    findCaller: (keyId) => workspaces.findCallerById(keyId),
    findValidCaller: (keyId) => workspaces.findValidCallerById(keyId),
    patiently,
    onTakenOver: (count) => {
      logger.warn({ count }, 'generations of a process that ended are taken up');
    },
    onError: (error) => {
      logger.error({ err: error }, 'the queue could not be served; it is looked at again');
    },
  });

  const idempotentCalls = new IdempotentCalls(db, clock);
  const comparisonStore = new ComparisonStore(db, clock, tenure.processId);
  const comparisons = new ComparisonService({
    comparisons: comparisonStore,
    generations,
    images,
    idempotentCalls,
    signals: db.signals,
  });
  const finisher = new Finisher({
    comparisons: comparisonStore,
    service: comparisons,
    generations,
    files,
    pictures,
    limits,
    signals: db.signals,
    findCaller: (keyId) => workspaces.findCallerById(keyId),
    maxPixels: config.ATELIER_MAX_PIXELS,
    onError: (error) => {
      logger.error({ err: error }, 'a comparison could not be ended; it is tried again');
    },
  });

  const fetcher = new PictureFetcher({
    allowedHosts: config.ATELIER_INPUT_HOSTS,
    maxBytes: config.ATELIER_MAX_INPUT_BYTES,
    timeoutMs: FETCH_TIMEOUT_MS,
    maxRedirects: 3,
  });
  const intake = new InputIntake({
    pictures,
    generations,
    files,
    fetcher,
    clock,
    maxBytes: config.ATELIER_MAX_INPUT_BYTES,
    maxPixels: config.ATELIER_MAX_PIXELS,
  });

  const webhooks = new Webhooks({
    db,
    clock,
    secrets: loadSecrets(config),
    allowedHosts: config.ATELIER_WEBHOOK_HOSTS,
    timeoutMs: config.ATELIER_WEBHOOK_TIMEOUT_S * 1000,
    onError: (error) => {
      logger.error({ err: error }, 'a delivery to a webhook failed inside; it is tried again');
    },
    onSent: (delivered) => {
      metrics.webhookSent(delivered);
    },
  });

  // Before the first request, which would be among the running ones. The embedded database has one process at a time: what runs
  // there was left by the last one.
  await worker.start(db.dialect === 'sqlite');
  const firstSecrets = await makeFirstWorkspace(config, workspaces);
  finisher.start();

  const loopDelay = new LoopDelay(() => performance.now());
  const door = new Door(
    {
      maxRequests: config.ATELIER_MAX_REQUESTS,
      maxWatchers: config.ATELIER_MAX_WATCHERS,
      maxBodiesBytes: config.ATELIER_MAX_HELD_BYTES,
      maxLoopDelayMs: config.ATELIER_MAX_LOOP_DELAY_MS,
    },
    () => loopDelay.current,
  );
  const gauges = new Gauges({
    readBacklog: () => readBacklog(db.kysely),
    lookAtRoutes: () => lookAtRoutes(catalogue, endpoints, routes),
    lanes,
    now: clock,
  });
  let url = '';
  const app = await createApp(
    {
      config,
      clock,
      catalogue,
      workspaces,
      sessions,
      signInLinks,
      clientAddresses: new ClientAddresses(config.ATELIER_TRUSTED_PROXIES),
      failedKeys: new FailedKeys({
        counter: openFailureCounter('keys', config, redis),
        max: config.ATELIER_MAX_FAILED_KEYS,
        onTooMany: (address) => {
          logger.warn({ address }, 'an address sends too many wrong keys');
        },
      }),
      failedSignIns: new FailedSignIns(openFailureCounter('sign-ins', config, redis)),
      ledger,
      images,
      intake,
      generations,
      limits,
      budgets,
      reports: new Reports(db),
      margins,
      pictures,
      files,
      recipes: new RecipeStore(db, clock),
      idempotentCalls,
      previews: new Previews({
        pictures,
        records: new PreviewStore(db, clock),
        maxPixels: config.ATELIER_MAX_PIXELS,
      }),
      comparisons,
      comparisonStore,
      endpoints,
      routes,
      metrics,
      gauges,
      door,
      webhooks,
      signer: new LinkSigner(loadSecrets(config)),
      publicUrl: () => config.ATELIER_PUBLIC_URL ?? url,
      listeningUrl: () => url,
      watching: { generations, queue, events, signals: db.signals, patiently },
      unfetchedUntil: () => new Date(clock().getTime() + unfetchedTtlMs),
      checkStores: async () => {
        await Promise.all([db.check(), health.check()]);
      },
    },
    logger,
  );
  url = shownUrl(await app.listen({ host: config.HOST, port: config.PORT, backlog: LISTEN_BACKLOG }));
  loopDelay.start();

  const firstKeys =
    firstSecrets && (await showFirstKeys(firstSecrets, config, url, { workspaces, links: signInLinks }));

  // Nobody waits for it: a server that is down may come up later.
  const watch = watchServers(providers, fetchJson, (probe) => {
    logger[probe.warnings.length === 0 ? 'info' : 'warn'](probe, 'an own server was looked at');
  });

  const housekeeping = new Housekeeping({
    sweep: () => sweep([files, generations], records, blobs, clock()),
    onSwept: (removed) => {
      metrics.swept(removed);
    },
    chores: [
      () => ledger.expireDue(1000),
      () => events.removeOld(),
      () => webhooks.removeOld(),
      () => sessions.removeOld(),
    ],
    onError: (error) => {
      logger.error({ err: error }, 'the sweep failed; the next one tries again');
    },
  });
  webhooks.worker.start();
  return {
    app,
    url,
    firstKeys,
    sweep: () => housekeeping.sweep(),
    stop: async () => {
      housekeeping.stop();
      gauges.stop();
      loopDelay.stop();
      watch.stop();
      await worker.stop();
      const deadline = setTimeout(() => {
        images.leaveAll();
        stopping.abort(new DOMException('The server is stopping.', 'AbortError'));
      }, config.ATELIER_SHUTDOWN_GRACE_S * 1000);
      // Connections that were busy when the closing began become idle later, and would be kept alive.
      const idleCloser = setInterval(() => {
        app.server.closeIdleConnections();
      }, 100);
      await app.close();
      clearInterval(idleCloser);
      await images.idle();
      await finisher.stop();
      await worker.end();
      await webhooks.close();
      clearTimeout(deadline);
      await Promise.all([hub.close(), transport.close(), fetcher.close()]);
      await painter.close();
      await Promise.all([limits.close(), workspaces.idle()]);
      await db.close();
      await metrics.tracing.close().catch((error: unknown) => {
        logger.warn({ err: error }, 'the last traces could not be sent');
      });
    },
  };
}

/** Nobody can call 0.0.0.0. */
function shownUrl(address: string): string {
  return address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//127.0.0.1:');
}
