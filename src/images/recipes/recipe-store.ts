import type { Selectable, Transaction } from 'kysely';
import { nearestName } from '../../catalogue/catalogue.js';
import type { Clock } from '../../clock.js';
import type { Db } from '../../db/database.js';
import type { Database, RecipeTable } from '../../db/schema.js';
import { AppError } from '../../errors.js';
import { actorOf, writeAudit } from '../../workspaces/audit-store.js';
import type { Caller } from '../../workspaces/tenant.js';
import { templateSchema, type Template } from './placeholders.js';
import { completeVariables, variablesSchema, type SavedRecipe, type Variables } from './saved-recipe.js';

/** Of one workspace. */
const MAX_RECIPES = 1000;

/** What a recipe says, checked. */
export interface RecipeText {
  readonly description: string | undefined;
  readonly request: Template;
  /** Those that are declared. */
  readonly variables: Variables;
}

type Row = Selectable<RecipeTable>;
type Trx = Transaction<Database>;

/** The recipes of workspaces, each for both modes. Every change is in the audit log, with what was there before. */
export class RecipeStore {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** In the order of their names, after the one named `after`. */
  async list(
    workspaceId: string,
    { limit, after }: { readonly limit: number; readonly after: string | undefined },
  ): Promise<readonly SavedRecipe[]> {
    let page = kept(this.#db.kysely, workspaceId).selectAll().orderBy('name').limit(limit);
    if (after !== undefined) page = page.where('name', '>', after);
    return (await page.execute()).map(toRecipe);
  }

  /**
   * @param param the field that named it
   * @throws AppError not_found with the nearest name
   */
  async load(workspaceId: string, name: string, param: string): Promise<SavedRecipe> {
    const row = await kept(this.#db.kysely, workspaceId)
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst();
    if (row !== undefined) return toRecipe(row);
    const others = await kept(this.#db.kysely, workspaceId).select('name').limit(MAX_RECIPES).execute();
    throw unknownRecipe(
      name,
      others.map((other) => other.name),
      param,
    );
  }

  /** @throws AppError conflict when the name is taken, or there are too many already */
  async create(by: Caller, name: string, text: RecipeText): Promise<SavedRecipe> {
    return this.#db.transact(async (trx) => {
      await lockWorkspace(trx, by);
      const workspaceId = by.workspace.id;
      const before = await named(trx, workspaceId, name).selectAll().executeTakeFirst();
      if (before?.removed_at === null) {
        throw new AppError('conflict', {
          message: `There is a recipe ${name} already. Change it, or take another name.`,
          param: 'name',
        });
      }
      await requireRoom(trx, workspaceId);
      const now = this.#clock().getTime();
      const columns = {
        version: (before?.version ?? 0) + 1,
        ...toColumns(text),
        created_at: now,
        updated_at: now,
        updated_by: by.key.id,
        removed_at: null,
      };
      if (before === undefined) {
        await trx
          .insertInto('recipes')
          .values({ workspace_id: workspaceId, name, ...columns })
          .execute();
      } else {
        await trx
          .updateTable('recipes')
          .set(columns)
          .where('workspace_id', '=', workspaceId)
          .where('name', '=', name)
          .execute();
      }
      const made = toRecipe({ workspace_id: workspaceId, name, ...columns });
      await this.#audit(trx, by, 'recipe.created', undefined, made);
      return made;
    });
  }

  /**
   * Makes the next version of a recipe.
   * @param expected the version that is to be changed; undefined: whatever is there
   * @param change the new text from the old one
   * @throws AppError not_found, conflict when it is another version by now, and all of `change`
   */
  async change(
    by: Caller,
    name: string,
    expected: number | undefined,
    change: (before: SavedRecipe) => RecipeText,
  ): Promise<SavedRecipe> {
    await this.load(by.workspace.id, name, 'name');
    return this.#db.transact(async (trx) => {
      const before = await this.#lock(trx, by, name);
      if (expected !== undefined && expected !== before.version) {
        throw new AppError('conflict', {
          message: `The recipe ${name} is at version ${before.version} by now. Read it, and change that.`,
          param: 'version',
          facts: { nearest: before.version },
        });
      }
      const columns = {
        version: before.version + 1,
        ...toColumns(change(before)),
        updated_at: this.#clock().getTime(),
        updated_by: by.key.id,
      };
      await trx
        .updateTable('recipes')
        .set(columns)
        .where('workspace_id', '=', by.workspace.id)
        .where('name', '=', name)
        .execute();
      const after = toRecipe(await named(trx, by.workspace.id, name).selectAll().executeTakeFirstOrThrow());
      await this.#audit(trx, by, 'recipe.changed', before, after);
      return after;
    });
  }

  /** Nothing is kept but the number of its last version and the audit log. @throws AppError not_found */
  async remove(by: Caller, name: string): Promise<void> {
    await this.load(by.workspace.id, name, 'name');
    await this.#db.transact(async (trx) => {
      const before = await this.#lock(trx, by, name);
      await trx
        .updateTable('recipes')
        .set({
          description: null,
          request_json: '{}',
          variables_json: '{}',
          updated_by: by.key.id,
          removed_at: this.#clock().getTime(),
        })
        .where('workspace_id', '=', by.workspace.id)
        .where('name', '=', name)
        .execute();
      await this.#audit(trx, by, 'recipe.deleted', before, undefined);
    });
  }

  async #lock(trx: Trx, by: Caller, name: string): Promise<SavedRecipe> {
    const row = await kept(trx, by.workspace.id)
      .selectAll()
      .where('name', '=', name)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (row === undefined) throw unknownRecipe(name, [], 'name');
    return toRecipe(row);
  }

  async #audit(
    trx: Trx,
    by: Caller,
    action: 'recipe.created' | 'recipe.changed' | 'recipe.deleted',
    before: SavedRecipe | undefined,
    after: SavedRecipe | undefined,
  ): Promise<void> {
    await writeAudit(trx, {
      workspaceId: by.workspace.id,
      actor: actorOf(by),
      action,
      before: before === undefined ? null : describe(before),
      after: after === undefined ? null : describe(after),
      now: this.#clock(),
    });
  }
}

function named(db: Db['kysely'] | Trx, workspaceId: string, name: string) {
  return db.selectFrom('recipes').where('workspace_id', '=', workspaceId).where('name', '=', name);
}

function kept(db: Db['kysely'] | Trx, workspaceId: string) {
  return db.selectFrom('recipes').where('workspace_id', '=', workspaceId).where('removed_at', 'is', null);
}

/** Recipes of a workspace are made one after the other. */
async function lockWorkspace(trx: Trx, by: Caller): Promise<void> {
  await trx
    .selectFrom('workspaces')
    .select('id')
    .where('id', '=', by.workspace.id)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
}

async function requireRoom(trx: Trx, workspaceId: string): Promise<void> {
  const { count } = await kept(trx, workspaceId)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (count < MAX_RECIPES) return;
  throw new AppError('conflict', {
    message: `A workspace has at most ${MAX_RECIPES} recipes. Delete one that is not used any more.`,
  });
}

function toColumns({ description, request, variables }: RecipeText) {
  return {
    description: description ?? null,
    request_json: JSON.stringify(request),
    variables_json: JSON.stringify(variables),
  };
}

function toRecipe(row: Row): SavedRecipe {
  const request = templateSchema.parse(JSON.parse(row.request_json));
  const declared = variablesSchema.parse(JSON.parse(row.variables_json));
  return {
    name: row.name,
    version: row.version,
    description: row.description ?? undefined,
    request,
    variables: completeVariables(request, declared),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    updatedBy: row.updated_by,
  };
}

function describe({ name, version, description, request, variables }: SavedRecipe) {
  return { name, version, ...(description === undefined ? {} : { description }), request, variables };
}

function unknownRecipe(name: string, others: readonly string[], param: string): AppError {
  const nearest = nearestName(name, others);
  return new AppError('not_found', {
    message:
      `There is no recipe ${JSON.stringify(name.slice(0, 100))}.` +
      (nearest === undefined ? '' : ` Did you mean ${nearest}?`),
    param,
    facts: nearest === undefined ? {} : { nearest },
  });
}
