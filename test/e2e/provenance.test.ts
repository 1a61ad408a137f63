import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ExifTool } from 'exiftool-vendored';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalJson } from '../../src/provenance/recipe-hash.js';
import { signedJpeg, signedPng } from '../factories/content-credentials.js';
import { generation } from '../support/answers.js';
import { startHostileUpstream, type HostileUpstream } from '../support/hostile-upstream.js';
import { startTestServer, type TestServer } from '../support/server.js';

const SOURCE_TYPES = 'http://cv.iptc.org/newscodes/digitalsourcetype/';
const FORMATS = ['png', 'jpeg', 'webp', 'avif'] as const;
const run = promisify(execFile);

let server: TestServer;
let upstream: HostileUpstream;
let exiftool: ExifTool;
let folder: string;
let plain: Readonly<Record<'png' | 'jpeg' | 'webp', Buffer>>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'provenance-'));
  exiftool = new ExifTool({ maxProcs: 1 });
  upstream = await startHostileUpstream();
  server = await startTestServer({
    env: { OPENAI_API_KEY: 'sk-of-the-tests', OPENAI_BASE_URL: `${upstream.baseUrl}/v1` },
  });
  const picture = sharp({ create: { width: 1024, height: 1024, channels: 3, background: '#a40' } });
  plain = {
    png: await picture.clone().png().toBuffer(),
    jpeg: await picture.clone().jpeg().toBuffer(),
    webp: await picture.clone().webp({ effort: 0 }).toBuffer(),
  };
});
afterAll(async () => {
  await Promise.all([server.stop(), upstream.close(), exiftool.end()]);
  rmSync(folder, { recursive: true });
});

const item = z.looseObject({
  id: z.string(),
  url: z.string(),
  original_url: z.string().optional(),
  seed: z.number().optional(),
  provenance: z.object({
    c2pa: z.boolean(),
    treatment: z.string(),
    digital_source_type: z.string(),
    recipe_hash: z.string(),
  }),
});

/** A generation of the provider that answers with these bytes. @returns the picture's entry in the answer */
async function receive(bytes: Buffer, wish: object = {}): Promise<z.output<typeof item>> {
  answerWith(bytes);
  const body = { model: 'gpt-image-2', prompt: 'a fox', response_format: 'url', ...wish };
  const answer = await server.generate(body, server.liveKey);
  return item.parse(generation.parse(answer.body).data[0]);
}

function answerWith(bytes: Buffer): void {
  upstream.answer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        created: 1,
        data: [{ b64_json: bytes.toString('base64') }],
        usage: {
          total_tokens: 2,
          input_tokens: 1,
          output_tokens: 1,
          input_tokens_details: { text_tokens: 1, image_tokens: 0 },
        },
      }),
    );
  });
}

/** The picture in the body of an edit, which is a form. */
function pictureIn(form: Buffer, format: 'png' | 'jpeg' | 'webp'): Buffer {
  const starts = { png: '\x89PNG', jpeg: '\xff\xd8\xff', webp: 'RIFF' };
  const from = form.indexOf(Buffer.from(starts[format], 'latin1'));
  const boundary = form.subarray(0, form.indexOf('\r\n'));
  return form.subarray(from, form.indexOf(boundary, from) - 2);
}

/** A picture of the built-in model. */
async function sketch(wish: object = {}): Promise<z.output<typeof item>> {
  const body = { model: 'atelier-sketch', prompt: 'a red boat', size: '96x64', seed: 7, ...wish };
  return item.parse(generation.parse((await server.generate(body)).body).data[0]);
}

async function download(url: string | undefined): Promise<Buffer> {
  const response = await fetch(url ?? '');
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const tags = z.object({
  DigitalSourceType: z.string().optional(),
  CreatorTool: z.string().optional(),
  Model: z.string().optional(),
  RecipeHash: z.string().optional(),
  DerivedFromSHA256: z.string().optional(),
  OriginalSHA256: z.string().optional(),
  Warning: z.string().optional(),
});

const exifTags = z.object({ Artist: z.string().optional(), GPSLatitudeRef: z.string().optional() });

async function exifWords(bytes: Buffer, format: string): Promise<z.output<typeof exifTags>> {
  const file = path.join(folder, `photo.${format}`);
  writeFileSync(file, bytes);
  return exifTags.parse(await exiftool.read(file));
}

/** What a stranger's tool reads. */
async function readTags(bytes: Buffer, format: string): Promise<z.output<typeof tags>> {
  const file = path.join(folder, `picture.${format}`);
  writeFileSync(file, bytes);
  return tags.parse(await exiftool.read(file));
}

async function report(id: string, key = server.liveKey): Promise<unknown> {
  const answer = await server.call('GET', `/v1/images/${id}/provenance`, { key });
  expect(answer.status).toBe(200);
  return answer.body;
}

describe('a provider’s picture with content credentials', () => {
  it.each([
    ['png', () => signedPng(plain.png)],
    ['jpeg', () => signedJpeg(plain.jpeg)],
  ] as const)('as %s comes out byte for byte when no conversion is asked', async (format, sign) => {
    const signed = sign();
    const image = await receive(signed, { output_format: format });
    expect((await download(image.url)).equals(signed)).toBe(true);
    expect(image.provenance).toMatchObject({
      c2pa: true,
      treatment: 'untouched',
      digital_source_type: 'trainedAlgorithmicMedia',
    });
    expect(image.original_url).toBeUndefined();
    expect(await report(image.id)).toMatchObject({
      record: {
        treatment: 'untouched',
        model: 'gpt-image-2',
        provider: 'openai',
        country: 'US',
        parents: [],
      },
      picture: {
        sha256: sha256(signed),
        mime_type: `image/${format}`,
        c2pa: {
          verification: 'unverified',
          active_manifest: 'urn:c2pa:second',
          manifests: [{}, { digital_source_types: ['trainedAlgorithmicMedia'] }],
        },
        problems: [],
      },
    });
  });

  it.each(FORMATS)('is kept and linked when it is converted, and the %s says what it was', async (format) => {
    const signed = format === 'png' ? signedJpeg(plain.jpeg) : signedPng(plain.png);
    const image = await receive(signed, { output_format: format, size: '512x512' });
    expect(image.provenance).toMatchObject({ c2pa: false, treatment: 'converted' });
    expect((await download(image.original_url)).equals(signed)).toBe(true);
    const bytes = await download(image.url);
    expect(await readTags(bytes, format)).toStrictEqual({
      DigitalSourceType: `${SOURCE_TYPES}trainedAlgorithmicMedia`,
      CreatorTool: 'Atelier',
      Model: 'gpt-image-2',
      RecipeHash: image.provenance.recipe_hash,
      OriginalSHA256: sha256(signed),
    });
    expect(await report(image.id)).toMatchObject({
      picture: { sha256: sha256(bytes), xmp: { original_sha256: sha256(signed) } },
      original: {
        sha256: sha256(signed),
        url: image.original_url,
        c2pa: { active_manifest: 'urn:c2pa:second' },
      },
    });
  });

  it('keeps its original as long as itself, and no longer', async () => {
    // Longer than bytes are left alone that nobody refers to.
    await server.restart({ ATELIER_LINK_TTL_S: '86400' });
    const signed = signedPng(await sharp(plain.png).negate().png().toBuffer());
    const image = await receive(signed, { output_format: 'webp', size: '512x512' });
    const { pathname, search } = new URL(image.original_url ?? '');
    const statusAt = async (time: string) => {
      server.setTime(new Date(time));
      await server.sweep();
      return (await server.call('GET', pathname + search)).status;
    };
    expect(await statusAt('2026-11-23T11:59:59Z')).toBe(200);
    await statusAt('2026-11-23T12:00:00Z');
    await statusAt('2026-11-23T19:00:00Z');
    expect(await statusAt('2026-11-22T12:00:00Z')).toBe(410);
    expect(await server.blobs.has(sha256(signed))).toBe(false);
    const gone = await server.call('GET', `/v1/images/${image.id}/provenance`, { key: server.liveKey });
    expect(gone.status).toBe(410);
  });

  it.each(['with the call', 'later'] as const)(
    'is a file of its own beside the kept one, if that is kept %s',
    async (when) => {
      const signed = signedPng(
        await sharp(plain.png)
          .tint(when === 'later' ? '#123' : '#321')
          .png()
          .toBuffer(),
      );
      const wish = { output_format: 'webp', size: '512x512' };
      const image = await receive(signed, when === 'later' ? wish : { ...wish, persist: true });
      const kept =
        when === 'later'
          ? (await server.call('POST', '/v1/files', { key: server.liveKey, body: { image_id: image.id } }))
              .body
          : (await server.call('GET', `/v1/files/${String(image['file_id'])}`, { key: server.liveKey })).body;
      const file = z.object({ id: z.string(), image_id: z.string(), derived_from: z.string() }).parse(kept);
      expect(file.image_id).toBe(image.id);
      server.setTime(new Date('2026-11-25T12:00:00Z'));
      await server.sweep();
      const original = await server.call('GET', `/v1/files/${file.derived_from}`, { key: server.liveKey });
      expect(original.body).toMatchObject({
        c2pa: true,
        mime_type: 'image/png',
        filename: `${image.id}-original.png`,
        sha256: sha256(signed),
        model: 'gpt-image-2',
      });
      const content = await fetch(`${server.url}/v1/files/${file.derived_from}/content`, {
        headers: { authorization: `Bearer ${server.liveKey}` },
      });
      expect(Buffer.from(await content.arrayBuffer()).equals(signed)).toBe(true);
      // Whoever deletes one keeps the other.
      await server.call('DELETE', `/v1/files/${file.id}`, { key: server.liveKey });
      await server.sweep();
      const left = await server.call('GET', `/v1/files/${file.derived_from}`, { key: server.liveKey });
      expect(left.body).toMatchObject({ sha256: sha256(signed), status: 'processed' });
      server.setTime(new Date('2026-11-22T12:00:00Z'));
    },
  );

  it('is no original where there is nothing to lose', async () => {
    const image = await receive(plain.png, { output_format: 'webp', size: '512x512' });
    expect(image).not.toHaveProperty('original_url');
    expect(image.provenance).toMatchObject({ c2pa: false, treatment: 'converted' });
    expect(await readTags(await download(image.url), 'webp')).not.toHaveProperty('OriginalSHA256');
  });
});

describe('a picture of the built-in model', () => {
  it.each(FORMATS)('says as %s what it is, read by a stranger', async (format) => {
    const image = await sketch({ output_format: format });
    expect(image.provenance).toMatchObject({ c2pa: false, treatment: 'untouched' });
    expect(await readTags(await download(image.url), format)).toStrictEqual({
      DigitalSourceType: `${SOURCE_TYPES}algorithmicMedia`,
      CreatorTool: 'Atelier',
      Model: 'atelier-sketch',
      RecipeHash: image.provenance.recipe_hash,
    });
  });

  it('is the same to the last byte for the same request, and names the recipe of its own seed', async () => {
    for (const output_format of FORMATS) {
      const [one, two] = [await sketch({ output_format }), await sketch({ output_format, user: 'somebody' })];
      expect((await download(one.url)).equals(await download(two.url))).toBe(true);
    }
    const unseeded = await sketch({ seed: undefined });
    const again = await sketch({ seed: unseeded.seed });
    expect(again.provenance.recipe_hash).toBe(unseeded.provenance.recipe_hash);
    expect((await download(again.url)).equals(await download(unseeded.url))).toBe(true);
    expect((await sketch({ seed: 8 })).provenance.recipe_hash).not.toBe(again.provenance.recipe_hash);
  });

  it('has a recipe that anybody can work out', async () => {
    const image = await sketch();
    const recipe = {
      model: 'atelier-sketch',
      operation: 'generate',
      prompt: 'a red boat',
      seed: 7,
      size: '96x64',
    };
    expect(canonicalJson(recipe)).toBe(JSON.stringify(recipe));
    expect(image.provenance.recipe_hash).toBe(sha256(Buffer.from(JSON.stringify(recipe))));
  });

  it('says when edited what it was edited from', async () => {
    const source = await sketch();
    const wish = { model: 'atelier-sketch', prompt: 'make it winter', image: { image_id: source.id } };
    const edited = item.parse(generation.parse((await server.edit({ ...wish, size: '96x64' })).body).data[0]);
    expect(await readTags(await download(edited.url), 'png')).toMatchObject({
      DigitalSourceType: `${SOURCE_TYPES}algorithmicallyEnhanced`,
      DerivedFromSHA256: sha256(await download(source.url)),
      RecipeHash: edited.provenance.recipe_hash,
    });
    expect(await report(edited.id, server.testKey)).toMatchObject({ record: { parents: [source.id] } });
  });
});

describe('a photograph given to an edit', () => {
  it.each(['jpeg', 'png', 'webp'] as const)(
    'as %s reaches no provider with place and maker',
    async (format) => {
      const scene = sharp({
        create: { width: 1024, height: 1024, channels: 3, background: '#357' },
      });
      const photo = await scene
        .withIccProfile('p3')
        .withExif({
          IFD0: { Artist: 'Somebody' },
          IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 27/1 14/1' },
        })
        .toFormat(format)
        .toBuffer();
      expect(await exifWords(photo, format)).toStrictEqual({ Artist: 'Somebody', GPSLatitudeRef: 'North' });
      const form = new FormData();
      form.set('model', 'gpt-image-2');
      form.set('prompt', 'make it winter');
      form.set('response_format', 'url');
      form.set('image', new Blob([Uint8Array.from(photo)], { type: `image/${format}` }), 'photo');
      upstream.forget();
      answerWith(plain.png);
      const answer = await server.edit(form, server.liveKey);
      expect(answer.status).toBe(200);
      expect(generation.parse(answer.body).adjustments).toContainEqual({
        param: 'image',
        reason: 'removed: EXIF',
      });
      const sent = pictureIn(upstream.seen[0]?.body ?? Buffer.alloc(0), format);
      expect(await exifWords(sent, format)).toStrictEqual({});
      const pixels = (bytes: Buffer) => sharp(bytes).raw().toBuffer();
      expect((await pixels(sent)).equals(await pixels(photo))).toBe(true);
      expect((await sharp(sent).metadata()).icc).toEqual((await sharp(photo).metadata()).icc);
    },
  );
});

describe('mark_unlabelled', () => {
  const set = (value: boolean, key = server.liveKey) =>
    server.call('PATCH', '/v1/workspace', { key, body: { mark_unlabelled: value } });

  it('is off, is changed by owners and admins only, and every change is in the audit log', async () => {
    const workspace = await server.call('GET', '/v1/workspace', { key: server.liveKey });
    expect(workspace.body).toMatchObject({ mark_unlabelled: false });
    const developer = await server.call('POST', '/v1/keys', {
      key: server.liveKey,
      body: { name: 'dev', kind: 'live', role: 'developer' },
    });
    expect((await set(true, z.object({ key: z.string() }).parse(developer.body).key)).status).toBe(403);
    expect((await set(true)).body).toMatchObject({ mark_unlabelled: true });
    const audit = await server.call('GET', '/v1/audit?limit=1', { key: server.liveKey });
    expect(JSON.stringify(audit.body)).toContain('mark_unlabelled');
    await set(false);
  });

  it.each(['png', 'jpeg', 'webp'] as const)(
    'adds a note to an unlabelled %s and changes no pixel',
    async (format) => {
      const wish = { output_format: format };
      expect((await download((await receive(plain[format], wish)).url)).equals(plain[format])).toBe(true);
      await set(true);
      const image = await receive(plain[format], wish);
      await set(false);
      const bytes = await download(image.url);
      expect(image.provenance).toMatchObject({ c2pa: false, treatment: 'marked' });
      expect(bytes.equals(plain[format])).toBe(false);
      expect(await readTags(bytes, format)).toStrictEqual({
        DigitalSourceType: `${SOURCE_TYPES}trainedAlgorithmicMedia`,
        CreatorTool: 'Atelier',
        Model: 'gpt-image-2',
        RecipeHash: image.provenance.recipe_hash,
      });
      const pixels = (given: Buffer) => sharp(given).raw().toBuffer();
      expect((await pixels(bytes)).equals(await pixels(plain[format]))).toBe(true);
    },
  );

  it('leaves alone what says itself where it comes from', async () => {
    await set(true);
    const signed = signedPng(plain.png);
    expect((await download((await receive(signed)).url)).equals(signed)).toBe(true);
    const labelled = await download((await receive(plain.png)).url);
    const again = await receive(labelled);
    expect((await download(again.url)).equals(labelled)).toBe(true);
    expect(again.provenance.treatment).toBe('untouched');
    await set(false);
  });
});

describe('atelier provenance', () => {
  const cli = (file: string) =>
    run(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'provenance', file]);

  it('reads any file, whoever made it', async () => {
    const file = path.join(folder, 'foreign.png');
    writeFileSync(file, signedPng(plain.png));
    expect(JSON.parse((await cli(file)).stdout)).toMatchObject({
      sha256: sha256(signedPng(plain.png)),
      mime_type: 'image/png',
      c2pa: { verification: 'unverified', active_manifest: 'urn:c2pa:second' },
      problems: [],
    });
  });

  it('fails with words for what is no picture, or not there', async () => {
    const file = path.join(folder, 'words.txt');
    writeFileSync(file, 'no picture');
    await expect(cli(file)).rejects.toMatchObject({
      code: 1,
      stderr: `atelier: ${file} is no PNG, JPEG, WebP or AVIF\n`,
    });
    await expect(cli(`${file}.gone`)).rejects.toMatchObject({ code: 1 });
  });
});
