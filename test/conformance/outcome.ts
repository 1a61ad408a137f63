import { z } from 'zod';
import { decode, failure, fetchPicture, generation } from '../support/answers.js';
import type { Answer, TestServer } from '../support/server.js';
import { PROMPT } from './models.js';

/** How one wish ended. There is no fourth outcome. */
export type Outcome =
  | { readonly kind: 'native' }
  | { readonly kind: 'adapted'; readonly params: readonly string[] }
  | { readonly kind: 'refused'; readonly code: string };

/** What must be true of delivered pictures for a wish to count as honoured. */
export type Wish = Readonly<Record<string, unknown>>;

const RATIO_TOLERANCE = 0.03;

/** What a model can't do; any other refusal would be a wrong request of the suite. */
const REFUSALS = ['unsupported_size', 'unsupported_parameter', 'prompt_too_long'];

export interface Delivered {
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
  readonly format: string;
}

/**
 * Sends a wish and checks that what came is what was asked: pixels decoded, formats sniffed, counts counted.
 * @throws Error naming what was neither honoured, reported nor refused
 */
export async function judge(server: TestServer, key: string, wish: Wish): Promise<Outcome> {
  const answer = await server.generate({ prompt: PROMPT, ...wish }, key);
  if (answer.status >= 400) {
    const { error } = failure.parse(answer.body);
    // A refusal is the caller's to mend; anything else is a failure of ours.
    if (answer.status >= 500) throw new Error(`${answer.status} ${error.code}: ${error.message}`);
    if (!REFUSALS.includes(error.code)) throw new Error(`${error.code}: ${error.message}`);
    if (error.param === null) throw new Error(`a refusal names its parameter: ${error.message}`);
    return { kind: 'refused', code: error.code };
  }
  const pictures = await readPictures(answer);
  const { adjustments } = generation.parse(answer.body);
  const reported = new Set(adjustments.map((adjustment) => adjustment.param));
  checkPictures(pictures, wish);
  const concerned = [...reported].filter((param) => param in wish || param === 'model');
  return concerned.length === 0 ? { kind: 'native' } : { kind: 'adapted', params: concerned.sort() };
}

/** As many different pictures as were asked, each of the asked size, ratio and format. @throws Error naming what is not so */
export function checkPictures(pictures: readonly Delivered[], wish: Wish): void {
  checkCount(pictures, wish);
  for (const picture of pictures) {
    checkSize(picture, wish);
    checkRatio(picture, wish);
    checkFormat(picture, wish);
  }
}

/** The delivered pictures, wherever the answer holds them, every pixel decoded. */
export async function readPictures(answer: Answer): Promise<readonly Delivered[]> {
  const { data } = generation.parse(answer.body);
  return Promise.all(
    data.map(async ({ url, b64_json: base64, width, height }) => {
      const picture = base64 === undefined ? await fetchPicture(url) : await fromBase64(base64);
      if (picture.width !== width || picture.height !== height) {
        throw new Error(
          `the answer says ${width}x${height}, the picture is ${picture.width}x${picture.height}`,
        );
      }
      return picture;
    }),
  );
}

async function fromBase64(base64: string): Promise<Delivered> {
  const bytes = Buffer.from(base64, 'base64');
  return { bytes, ...(await decode(bytes)) };
}

function checkCount(pictures: readonly Delivered[], wish: Wish): void {
  const asked = z.number().default(1).parse(wish['n']);
  if (pictures.length !== asked) throw new Error(`${asked} pictures were asked, ${pictures.length} came`);
  const distinct = new Set(pictures.map((picture) => picture.bytes.toString('base64')));
  if (distinct.size !== pictures.length) throw new Error('two pictures of one answer are the same');
}

function checkSize(picture: Delivered, wish: Wish): void {
  const asked = z.string().optional().parse(wish['size']);
  if (asked === undefined) return;
  const delivered = `${picture.width}x${picture.height}`;
  if (delivered !== asked) throw new Error(`${asked} was asked, ${delivered} came`);
}

function checkRatio(picture: Delivered, wish: Wish): void {
  const asked = z.string().optional().parse(wish['aspect_ratio']);
  if (asked === undefined) return;
  const [width = 1, height = 1] = asked.split(':').map(Number);
  const [wanted, got] = [width / height, picture.width / picture.height];
  if (Math.max(wanted / got, got / wanted) - 1 > RATIO_TOLERANCE) {
    throw new Error(`${asked} was asked, ${picture.width}x${picture.height} came`);
  }
}

function checkFormat(picture: Delivered, wish: Wish): void {
  const asked = z.string().optional().parse(wish['output_format']);
  if (asked !== undefined && picture.format !== asked)
    throw new Error(`${asked} was asked, ${picture.format} came`);
}
