import fastifySwagger from '@fastify/swagger';
import Fastify, { type FastifyBaseLogger, type FastifyRequest } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../errors.js';
import { invalidLink } from '../files/signed-links.js';
import { createId } from '../ids.js';
import { answerNoHttp } from './answer-no-http.js';
import { requireAdmin, requireKey } from './auth.js';
import type { App, HttpContext } from './context.js';
import { decorateClientAddress } from './client-address.js';
import { acceptFileForms } from './bodies/file-form.js';
import { tooDeep } from './bodies/json-depth.js';
import { acceptPictureBodies } from './bodies/picture-body-parsers.js';
import { describeProblem } from './describe-problem.js';
import { sendError, toKnownError } from './error-envelope.js';
import { describeWebhooks } from './openapi-webhooks.js';
import { limitRequests } from './limit-requests.js';
import { measureRequests } from './measure-requests.js';
import { memberNames } from './member-names.js';
import { guardDoor } from './overload/guard-door.js';
import { registerAdmin } from './routes/admin/admin.js';
import { registerAudit } from './routes/audit/audit.js';
import { registerCredits } from './routes/credits/credits.js';
import { registerFileContent } from './routes/files/content.js';
import { registerCreateFile } from './routes/files/create.js';
import { registerFile } from './routes/files/file.js';
import { registerListFiles } from './routes/files/list.js';
import { registerEdit } from './routes/images/edit.js';
import { registerFallbacks } from './routes/fallbacks/fallbacks.js';
import { registerCancelComparison } from './routes/comparisons/cancel.js';
import { registerComparisonEvents } from './routes/comparisons/events.js';
import { registerCreateComparison } from './routes/comparisons/create.js';
import { registerGetComparison } from './routes/comparisons/get.js';
import { registerListComparisons } from './routes/comparisons/list.js';
import { registerGenerate } from './routes/images/generate.js';
import { registerCancelGeneration } from './routes/images/cancel-generation.js';
import { registerGenerationEvents } from './routes/images/generation-events.js';
import { registerGetGeneration } from './routes/images/get-generation.js';
import { registerImageProvenance } from './routes/images/image-provenance.js';
import { registerListGenerations } from './routes/images/list-generations.js';
import { registerListImages } from './routes/images/list-images.js';
import { registerReplay } from './routes/images/replay.js';
import { registerPlan } from './routes/images/plan.js';
import { registerKeys } from './routes/keys/keys.js';
import { registerImageLink } from './routes/links/image-link.js';
import { registerMcp } from './routes/mcp/mcp.js';
import { registerModels } from './routes/models/models.js';
import { registerCompose } from './routes/prompts/compose.js';
import { registerLint } from './routes/prompts/lint.js';
import { registerParse } from './routes/prompts/parse.js';
import { registerRecipes } from './routes/recipes/recipes.js';
import { registerSession } from './routes/session/session.js';
import { registerHealth } from './routes/system/health.js';
import { registerMetrics } from './routes/system/metrics.js';
import { registerReference } from './routes/system/reference.js';
import { registerBudgets } from './routes/usage/budgets.js';
import { registerUsage } from './routes/usage/usage.js';
import { registerWebhookDeliveries } from './routes/webhooks/deliveries.js';
import { registerWebhooks } from './routes/webhooks/webhooks.js';
import { registerOperatorPolicy } from './routes/workspace/operator-policy.js';
import { registerWorkspace } from './routes/workspace/workspace.js';
import { registerDocumentation } from './web/documentation.js';
import { asksForScreen, registerScreens, sendScreen } from './web/screens.js';
import { VERSION } from '../version.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Milliseconds that the caller waited for providers; the rest of the answer time is ours. */
    upstreamMs: number;
  }
}

/** JSON without pictures in it: a hundred of the longest prompts. It is parsed as a whole, which nothing else can be done beside. */
const MAX_PLAIN_BODY_BYTES = 4 * 1024 * 1024;

/** Builds the server; it doesn't listen yet. */
export async function createApp(context: HttpContext, logger: FastifyBaseLogger): Promise<App> {
  const app: App = Fastify({
    loggerInstance: logger,
    bodyLimit: Math.min(MAX_PLAIN_BODY_BYTES, context.config.ATELIER_MAX_BODY_BYTES),
    genReqId: (request) => acceptedId(request.headers['x-request-id']) ?? createId('req'),
    // A request that is still being read when the server stops is served; idle connections are closed.
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 500 },
    // The router looks at no first character: `*v1/models` would be another name of that route, which a proxy does not know.
    rewriteUrl: ({ url = '/' }) => (url.startsWith('*') ? `/${url}` : url),
    return503OnClosing: false,
    // Paths that no route can be looked for with; a link with a broken escape is a changed link.
    frameworkErrors: (error, request, reply) => {
      const known = request.url.startsWith('/i/') ? invalidLink() : toKnownError(error);
      void reply.header('x-request-id', request.id);
      void sendError(request, reply, known);
    },
    clientErrorHandler: answerNoHttp,
    // Image models take minutes; a body that trickles in is cut after ten.
    requestTimeout: 600_000,
  }).withTypeProvider<ZodTypeProvider>();

  app.setValidatorCompiler(({ schema }) => createValidator(schema));
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('caller', null);
  app.decorateRequest('upstreamMs', 0);
  decorateClientAddress(app, context.clientAddresses);
  answerHeaders(app);
  guardDoor(app, context.door);
  measureRequests(app, context.metrics);
  handleErrors(app, context);

  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Atelier',
        version: VERSION,
        description: 'One API, one key and one credit balance over every image model. OpenAI-compatible.',
      },
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'atl_live_… or atl_test_…' },
          adminToken: { type: 'http', scheme: 'bearer', description: 'ATELIER_ADMIN_TOKEN' },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => {
      const transformed = jsonSchemaTransformObject(document);
      if ('components' in transformed) dropUnused(transformed, transformed.components.schemas ?? {});
      return Object.assign(transformed, { webhooks: describeWebhooks() });
    },
  });

  await app.register((scope: App, _options, done) => {
    scope.addHook('onRequest', requireKey(context));
    scope.addHook('onRequest', limitRequests(context.limits));
    registerGenerate(scope, context);
    registerListGenerations(scope, context);
    registerGetGeneration(scope, context);
    registerImageProvenance(scope, context);
    registerCancelGeneration(scope, context);
    registerGenerationEvents(scope, context);
    registerCreateComparison(scope, context);
    registerListComparisons(scope, context);
    registerGetComparison(scope, context);
    registerComparisonEvents(scope, context);
    registerCancelComparison(scope, context);
    registerModels(scope, context);
    registerCredits(scope, context);
    registerWorkspace(scope, context);
    registerFallbacks(scope, context);
    registerKeys(scope, context);
    registerAudit(scope, context);
    registerUsage(scope, context);
    registerBudgets(scope, context);
    registerWebhooks(scope, context);
    registerWebhookDeliveries(scope, context);
    registerReplay(scope, context);
    registerRecipes(scope, context);
    registerCompose(scope, context);
    registerParse(scope);
    registerLint(scope, context);
    done();
  });
  await app.register(async (scope: App) => {
    scope.addHook('onRequest', requireKey(context));
    scope.addHook('onRequest', limitRequests(context.limits));
    await acceptPictureBodies(scope, context.intake, context.config.ATELIER_MAX_BODY_BYTES);
    registerEdit(scope, context);
    registerPlan(scope, context);
  });
  await app.register(async (scope: App) => {
    scope.addHook('onRequest', requireKey(context));
    scope.addHook('onRequest', limitRequests(context.limits));
    await acceptFileForms(scope);
    registerCreateFile(scope, context);
    registerListFiles(scope, context);
    registerFile(scope, context);
    registerListImages(scope, context);
    registerFileContent(scope, context);
  });
  await app.register((scope: App, _options, done) => {
    scope.addHook('onRequest', requireAdmin(context.config.ATELIER_ADMIN_TOKEN, context.failedKeys));
    registerAdmin(scope, context);
    registerMetrics(scope, context);
    registerOperatorPolicy(scope, context);
    done();
  });
  await app.register((scope: App, _options, done) => {
    registerMcp(scope, context);
    done();
  });
  context.gauges.watchConnections(app.server);
  app.server.maxConnections = context.config.ATELIER_MAX_CONNECTIONS;
  registerImageLink(app, context);
  registerHealth(app, context);
  registerSession(app, context);
  await registerScreens(app, context);
  registerReference(app);
  await registerDocumentation(app);
  return app;
}

/** Schemas are offered for both directions, and most are used in one only: the others go. */
function dropUnused(document: object, schemas: object): void {
  for (let dropped = true; dropped;) {
    const text = JSON.stringify(document);
    const unused = Object.keys(schemas).filter((name) => !text.includes(`"#/components/schemas/${name}"`));
    for (const name of unused) Reflect.deleteProperty(schemas, name);
    dropped = unused.length > 0;
  }
}

/** Zod as Fastify's validator: `null` counts as absent in bodies, and problems are ours from the start. */
function createValidator(schema: unknown) {
  if (!(schema instanceof z.ZodType)) throw new Error('route schemas are zod schemas');
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return (data: unknown) => {
    const deep = tooDeep(data);
    if (deep !== undefined) return { error: deep };
    const parsed = schema.safeParse(dropNulls(data), { reportInput: true });
    return parsed.success
      ? { value: parsed.data }
      : { error: describeProblem(parsed.error, known, (path) => memberNames(schema, path)) };
  };
}

function dropNulls(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

function answerHeaders(app: App): void {
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    void reply.header('x-request-id', request.id);
    void reply.header(
      'x-overhead-duration-ms',
      Math.max(0, reply.elapsedTime - request.upstreamMs).toFixed(2),
    );
    if (closing) void reply.header('connection', 'close');
    done(null, payload);
  });
}

function handleErrors(app: App, context: HttpContext): void {
  const unknown = context.metrics.meterRoute('any', 'unknown');
  const screen = context.metrics.meterRoute('any', 'screen');
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set<string>();
    for (const name of [method].flat()) known.add(name);
    methods.set(url, known);
  });
  app.setErrorHandler(async (error, request, reply) => {
    const known = toKnownError(error);
    if (hasHungUp(error, request)) request.log.info('the caller hung up before the answer had left');
    else if (known.status >= 500)
      request.log.error({ err: known.cause ?? known, code: known.code }, 'request failed');
    await sendError(request, reply, known);
    return reply;
  });
  app.setNotFoundHandler(async (request, reply) => {
    if (asksForScreen(request)) {
      await sendScreen(reply, context);
      screen.answered(reply.statusCode, reply.elapsedTime / 1000);
      return reply;
    }
    const path = request.url.split('?')[0] ?? '';
    const allowed = [...methods]
      .filter(([url]) => matchesRoute(url, path))
      .flatMap(([, names]) => [...names]);
    const error =
      allowed.length === 0
        ? new AppError('not_found', { message: `There is nothing at ${path.slice(0, 200)}. See /docs.` })
        : new AppError('method_not_allowed', {
            message: `${request.method} is not possible here. Allowed: ${allowed.join(', ')}.`,
            facts: { allowed },
            headers: { allow: allowed.join(', ') },
          });
    await sendError(request, reply, error);
    unknown.answered(error.status, reply.elapsedTime / 1000);
    return reply;
  });
}

/** An answer that nobody takes any more breaks off, which is no failure of ours. */
function hasHungUp(error: unknown, request: FastifyRequest): boolean {
  const isCut = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
  return isCut && request.raw.socket.destroyed;
}

function matchesRoute(route: string, path: string): boolean {
  const pattern = route
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:[a-zA-Z]+/g, '[^/]+')
    .replace(/\*/g, '.+');
  return new RegExp(`^${pattern}$`).test(path);
}

/** A caller's own request id is kept if it is short and plain. */
function acceptedId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.:-]{1,128}$/.test(header) ? header : undefined;
}
