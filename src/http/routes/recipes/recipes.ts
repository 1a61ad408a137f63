import { z } from 'zod';
import { AppError } from '../../../errors.js';
import { recipeOf } from '../../../images/replay.js';
import { templateSchema, type Template } from '../../../images/recipes/placeholders.js';
import { keepDeclared, variablesSchema, type SavedRecipe } from '../../../images/recipes/saved-recipe.js';
import type { Caller } from '../../../workspaces/workspace-store.js';
import { pageQuery, pageSchema, pageWish, toPage } from '../../answers/list-page.js';
import { callerWith } from '../../auth.js';
import { readRecipe, recipeName } from '../../bodies/recipe-body.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const TAGS = ['Recipes'];
const SECURITY = [{ apiKey: [] }];

const answerSchema = z
  .object({
    id: z.string().describe('Its name.'),
    object: z.literal('recipe'),
    name: z.string(),
    version: z.int().describe('Goes up at every change, and on when a deleted name is used again.'),
    description: z.string().optional(),
    request: templateSchema.describe(
      'Fields of a generation’s body, with placeholders such as `{{subject}}`.',
    ),
    variables: variablesSchema.describe('All of them; one without a default has to be given by each call.'),
    created: z.number().int(),
    updated: z.number().int(),
    updated_by: z.string().describe('Id of the key that saved this version.'),
  })
  .meta({ id: 'SavedRecipe' });

const description = z.string().max(1000, 'must have at most 1000 characters');
const request = templateSchema.describe(
  'Fields of the body of POST /v1/images/generations, save `dry_run`, `stream` and `user`. `{{name}}` anywhere in `prompt` and ' +
    '`negative_prompt` is a variable; `model`, `size`, `aspect_ratio`, `quality`, `style` and `seed` may be a declared one as a whole.',
);
const variables = variablesSchema.describe('Defaults and descriptions; variables of the prompt need none.');
const params = z.object({ name: z.string() });

/** Requests that are saved by name. A workspace’s recipes are for its live and test keys alike. */
export function registerRecipes(app: App, context: HttpContext): void {
  registerCreate(app, context);
  registerRead(app, context);
  registerChange(app, context);
}

function registerCreate(app: App, context: HttpContext): void {
  app.post(
    '/v1/recipes',
    {
      schema: {
        tags: TAGS,
        summary: 'Save a recipe',
        description:
          'Takes a key that makes pictures. Of a picture (`image_id`): the request for it alone, with the model and seed that made it; ' +
          'or of a `request`. Written to the audit log.',
        security: SECURITY,
        body: z.strictObject({
          name: recipeName.describe('Unique in the workspace.'),
          description: description.optional(),
          image_id: z.string().max(100).optional().describe('A picture whose recipe is saved.'),
          request: request.optional(),
          variables: variables.optional(),
        }),
        response: { 201: answerSchema, default: errorEnvelopeSchema },
      },
    },
    async (call, reply) => {
      const caller = callerWith(call, 'save_recipes');
      const { body } = call;
      if ((body.image_id === undefined) === (body.request === undefined)) {
        throw new AppError('invalid_request', {
          message: 'A recipe is saved of a picture (`image_id`) or of a `request`. Send one of them.',
          param: body.request === undefined ? 'request' : 'image_id',
        });
      }
      const text = readRecipe(
        {
          description: body.description,
          request: body.request ?? (await requestOf(body.image_id ?? '', caller, context)),
          variables: body.variables ?? {},
        },
        context.catalogue,
      );
      return reply.status(201).send(toAnswer(await context.recipes.create(caller, body.name, text)));
    },
  );
}

function registerRead(app: App, context: HttpContext): void {
  app.get(
    '/v1/recipes',
    {
      schema: {
        tags: TAGS,
        summary: 'List recipes',
        description: 'In the order of their names.',
        security: SECURITY,
        querystring: pageQuery({ fallback: 100, max: 1000 }),
        response: { 200: pageSchema(answerSchema), default: errorEnvelopeSchema },
      },
    },
    async (call) => {
      const { workspace } = callerWith(call, 'read');
      const found = await context.recipes.list(workspace.id, pageWish(call.query));
      return toPage(found.map(toAnswer), call.query);
    },
  );
  app.get(
    '/v1/recipes/:name',
    {
      schema: {
        tags: TAGS,
        summary: 'Read a recipe',
        security: SECURITY,
        params,
        response: { 200: answerSchema, default: errorEnvelopeSchema },
      },
    },
    async (call) => {
      const { workspace } = callerWith(call, 'read');
      return toAnswer(await context.recipes.load(workspace.id, call.params.name, 'name'));
    },
  );
}

function registerChange(app: App, context: HttpContext): void {
  app.patch(
    '/v1/recipes/:name',
    {
      schema: {
        tags: TAGS,
        summary: 'Change a recipe',
        description:
          'Takes a key that makes pictures. Fields that are left out stay; `request` and `variables` are replaced as a whole. Makes ' +
          'the next version. Written to the audit log, with what was there before.',
        security: SECURITY,
        params,
        body: z
          .strictObject({
            description: description.describe('Empty: none.'),
            request,
            variables,
            version: z.int().describe('The version that is to be changed; when it is another by now: 409.'),
          })
          .partial(),
        response: { 200: answerSchema, default: errorEnvelopeSchema },
      },
    },
    async (call) => {
      const caller = callerWith(call, 'save_recipes');
      const { body } = call;
      if ((body.description ?? body.request ?? body.variables) === undefined) {
        throw new AppError('invalid_request', {
          message: 'There is nothing to change. Send `description`, `request` or `variables`.',
        });
      }
      const changed = await context.recipes.change(caller, call.params.name, body.version, (before) => {
        const changedRequest = body.request ?? before.request;
        return readRecipe(
          {
            description: (body.description ?? before.description) || undefined,
            request: changedRequest,
            variables: body.variables ?? keepDeclared(changedRequest, before.variables),
          },
          context.catalogue,
        );
      });
      return toAnswer(changed);
    },
  );
  app.delete(
    '/v1/recipes/:name',
    {
      schema: {
        tags: TAGS,
        summary: 'Delete a recipe',
        description:
          'Takes a key that makes pictures. Pictures that were made of it keep their own. Written to the audit log.',
        security: SECURITY,
        params,
        response: {
          200: z.object({ id: z.string(), object: z.literal('recipe'), deleted: z.literal(true) }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (call) => {
      const caller = callerWith(call, 'save_recipes');
      await context.recipes.remove(caller, call.params.name);
      return { id: call.params.name, object: 'recipe' as const, deleted: true as const };
    },
  );
}

/** The recipe of a picture. @throws AppError not_found */
async function requestOf(imageId: string, caller: Caller, context: HttpContext): Promise<Template> {
  const account = { workspaceId: caller.workspace.id, mode: caller.key.mode };
  const recorded = await context.generations.findRecorded(account, imageId);
  if (recorded === undefined) {
    throw new AppError('not_found', { message: 'There is no picture with this id.', param: 'image_id' });
  }
  const fields = Object.entries(recipeOf(recorded, context.catalogue).request);
  return templateSchema.parse(Object.fromEntries(fields.filter(([field]) => field !== 'user')));
}

function toAnswer(recipe: SavedRecipe): z.output<typeof answerSchema> {
  return {
    id: recipe.name,
    object: 'recipe',
    name: recipe.name,
    version: recipe.version,
    ...(recipe.description === undefined ? {} : { description: recipe.description }),
    request: recipe.request,
    variables: recipe.variables,
    created: Math.floor(recipe.createdAt.getTime() / 1000),
    updated: Math.floor(recipe.updatedAt.getTime() / 1000),
    updated_by: recipe.updatedBy,
  };
}
