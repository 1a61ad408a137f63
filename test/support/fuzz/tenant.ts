/** A workspace with one thing of each kind, made for some hundred requests that may do anything with it. */
import { z } from 'zod';
import { createSource } from '../edit-pictures.js';
import { generation } from '../answers.js';
import { ADMIN_TOKEN, type TestServer } from '../server.js';

export interface Tenant {
  readonly workspace: string;
  /** Of all roles, live and test. */
  readonly keys: readonly string[];
  /** Of the role owner. */
  readonly owners: readonly [live: string, test: string];
  /** Ids and other values that mean something here, by the name of the field or parameter. */
  readonly known: ReadonlyMap<string, readonly unknown[]>;
  /** Signed links, without the origin. */
  readonly links: readonly string[];
  /** A small PNG. */
  readonly picture: Buffer;
}

const ROLES = ['admin', 'developer', 'viewer', 'billing'] as const;
const idSchema = z.object({ id: z.string(), key: z.string().optional() });
const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })) });
const EDGE = { width: 64, height: 64 };

export async function createTenant(server: TestServer, name: string): Promise<Tenant> {
  const post = async (path: string, key: string, body: unknown) => {
    const answer = await server.call('POST', path, { key, body });
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return idSchema.parse(answer.body);
  };
  const { id: workspace } = await post('/v1/admin/workspaces', ADMIN_TOKEN, { name, credits: 500 });
  const newKey = (kind: string, role: string) =>
    post('/v1/admin/keys', ADMIN_TOKEN, { workspace, kind, role, name: role });
  const live = await newKey('live', 'owner');
  const test = await newKey('test', 'owner');
  const others = await Promise.all(ROLES.flatMap((role) => [newKey('live', role), newKey('test', role)]));
  const key = test.key ?? '';
  const sketch = { model: 'atelier-sketch', prompt: 'a flat icon of a fox', size: '64x64', persist: true };
  const made = generation.parse((await server.generate(sketch, key)).body);
  const image = made.data[0]?.id ?? '';
  const hook = await post('/v1/webhooks', key, { url: 'https://127.0.0.1:1/hook' });
  const recipe = await post('/v1/recipes', key, {
    name: 'snow-on-fir-trees',
    request: { prompt: '{{subject}} in snow', model: 'atelier-sketch', size: '64x64' },
  });
  const matrix = { seeds: [1], base: { ...sketch, persist: false }, sheet: false };
  const comparison = await post('/v1/images/comparisons', key, matrix);
  const source = await createSource('png', EDGE);
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(source.bytes)]), 'a.png');
  form.set('purpose', 'vision');
  const uploaded = await server.call('POST', '/v1/files', { key, raw: form });
  const { id: file } = idSchema.parse(uploaded.body);
  const models = modelsSchema.parse((await server.call('GET', '/v1/models', { key })).body);
  const slugs = models.data.map(({ id }) => id);
  const ids = [made.id, image, hook.id, recipe.id, comparison.id, file, live.id, test.id];
  const address = `data:image/png;base64,${source.bytes.toString('base64')}`;
  const sizes = ['64x64', '64x64', '96x64'];
  // The built-in model is quick, and the only one that live keys can run.
  const model = [...Array.from({ length: slugs.length }, () => 'atelier-sketch'), ...slugs];
  return {
    workspace,
    picture: source.bytes,
    owners: [live.key ?? '', key],
    keys: others.map((one) => one.key ?? ''),
    links: made.data.map(({ url }) => (url ?? '').replace(server.url, '')),
    known: new Map<string, readonly unknown[]>([
      ['generations/id', [made.id]],
      ['comparisons/id', [comparison.id]],
      ['images/id', [image]],
      ['keys/id', others.map(({ id }) => id)],
      ['webhooks/id', [hook.id]],
      ['files/id', [file]],
      ['workspaces/id', [workspace]],
      ['recipes/name', ['snow-on-fir-trees', recipe.id]],
      ['*', slugs],
      ['id', ids],
      ['after', ids],
      ['before', ids],
      ['parent', [image]],
      ['image_id', [image]],
      ['file_id', [file]],
      ['workspace', [workspace]],
      ['recipe', ['snow-on-fir-trees']],
      ['model', model],
      ['models', [['atelier-sketch'], ['atelier-sketch', 'dall-e-3'], slugs]],
      ['prompt', ['a flat icon of a fox', { subject: 'a flat icon of a fox' }]],
      ['prompts', [['a flat icon of a fox']]],
      ['size', sizes],
      ['sizes', [['64x64'], ['64x64', '96x64']]],
      ['seeds', [[1], [1, 2]]],
      ['aspect_ratio', ['16:9', '1:1', 'auto']],
      ['resolution', ['512', '1K']],
      ['image_size', ['1K']],
      ['n', [1, 1, 2]],
      ['url', ['https://127.0.0.1:1/hook']],
      ['image', [address, image, { image_id: image }, { file_id: file }, 'http://127.0.0.1:1/a.png']],
      ['images', [[address], [{ image_id: image }]]],
      ['image_base64', [source.bytes.toString('base64')]],
      ['image_mime_type', ['image/png']],
      ['mask', [{ image_id: image }]],
      ['mask_base64', [source.bytes.toString('base64')]],
      ['image_url', [address]],
      ['limit', ['1', '20', '100']],
      ['from', ['2026-11-01', '2026-11-21']],
      ['to', ['2026-11-22', '2026-12-01']],
      ['on', ['2026-11-22']],
      ['role', ['developer', 'viewer']],
      ['name', [`name-${name}`, 'snow-on-fir-trees']],
      ['fallback', [false, ['atelier-sketch']]],
    ]),
  };
}
