/** Every place of an answer in which a provider could give a key back, by protocol. */
import sharp from 'sharp';
import { json, text, type HostileUpstream } from './hostile-upstream.js';

export interface HostileAnswer {
  readonly name: string;
  /** A model of the protocol that the answer is written in. */
  readonly slug: 'dall-e-3' | 'gemini-2-5-flash-image' | 'imagen-4';
  readonly write: Parameters<HostileUpstream['answer']>[0];
}

/** A picture of the size that is asked, of one colour. */
export const solidPicture = await sharp({
  create: { width: 1024, height: 1024, channels: 3, background: '#385' },
})
  .png()
  .toBuffer();
const picture = solidPicture.toString('base64');

type Body = (key: string) => Readonly<Record<string, unknown>>;
type Headers = (key: string) => Readonly<Record<string, string>>;

const STATUSES = [400, 401, 402, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504];
const echo = (key: string) => `Incorrect key ${key}; you sent "Authorization: Bearer ${key}" and ?key=${key}`;

function openAi(name: string, status: number, body: Body, headers?: Headers): HostileAnswer {
  return { name: `OpenAI: ${name}`, slug: 'dall-e-3', write: json(status, body, headers) };
}

function openAiError(fields: Body): Body {
  return (key) => ({
    error: { message: 'No.', type: 'invalid_request_error', param: null, code: null, ...fields(key) },
  });
}

function openAiImage(item: Body, facts: Body = () => ({})): Body {
  return (key) => ({ created: 1, data: [{ b64_json: picture, ...item(key) }], ...facts(key) });
}

/** For the protocols of Google alike. */
function google(
  slug: 'gemini-2-5-flash-image' | 'imagen-4',
  name: string,
  status: number,
  body: Body,
  headers?: Headers,
): HostileAnswer {
  return { name: `${slug}: ${name}`, slug, write: json(status, body, headers) };
}

const gemini = (name: string, body: Body, headers?: Headers) =>
  google('gemini-2-5-flash-image', name, 200, body, headers);

function googleError(status: number, fields: Body): Body {
  return (key) => ({ error: { code: status, message: 'No.', status: 'INVALID_ARGUMENT', ...fields(key) } });
}

function candidate(fields: Body, part: Body = () => ({}), facts: Body = () => ({})): Body {
  return (key) => ({
    candidates: [
      {
        content: {
          role: 'model',
          parts: [{ inlineData: { mimeType: 'image/png', data: picture }, ...part(key) }],
        },
        finishReason: 'STOP',
        ...fields(key),
      },
    ],
    ...facts(key),
  });
}

function emptyCandidate(fields: Body): Body {
  return (key) => ({ candidates: [{ content: {}, finishReason: 'IMAGE_SAFETY', ...fields(key) }] });
}

/** Answers that hold the key where a message, a page or a redirect can. */
export const hostileAnswers: readonly HostileAnswer[] = [
  ...STATUSES.flatMap((status): HostileAnswer[] => [
    openAi(
      `${status} with the key in message and param`,
      status,
      openAiError((key) => ({ message: echo(key), param: key })),
    ),
    google(
      'gemini-2-5-flash-image',
      `${status} with the key in message and details`,
      status,
      googleError(status, (key) => ({
        message: echo(key),
        details: [{ reason: key, retryDelay: key, violations: [{ quotaId: key, quotaValue: key }] }],
      })),
    ),
    google(
      'imagen-4',
      `${status} with the key in the message`,
      status,
      googleError(status, (key) => ({ message: echo(key) })),
    ),
  ]),
  openAi(
    'an error whose code and type are the key',
    400,
    openAiError((key) => ({ code: key, type: key })),
  ),
  openAi(
    'a refusal in words that hold the key',
    400,
    openAiError((key) => ({ code: 'content_policy_violation', message: echo(key) })),
  ),
  openAi(
    'an error with status 200',
    200,
    openAiError((key) => ({ message: echo(key), code: key })),
  ),
  openAi(
    'hints that are the key',
    429,
    openAiError(() => ({ code: 'rate_limit_exceeded' })),
    (key) => ({
      'retry-after': key,
      'retry-after-ms': key,
      'x-should-retry': key,
      'set-cookie': `key=${key}`,
    }),
  ),
  openAi('an answer of another shape', 200, (key) => ({ data: key, usage: key })),
  openAi(
    'a picture with resolved values that are the key, quality aside',
    200,
    openAiImage(
      () => ({}),
      (key) => ({ size: key, background: key, output_format: key }),
    ),
  ),
  openAi(
    'a picture that is numbered by the key',
    200,
    openAiImage((key) => ({ generation_id: key })),
  ),
  ...[301, 302, 303, 307, 308].map((status): HostileAnswer => ({
    name: `OpenAI: a redirect with ${status}`,
    slug: 'dall-e-3',
    write: text(status, 'text/plain', echo, (key) => ({
      location: `/elsewhere?key=${encodeURIComponent(key)}`,
    })),
  })),
  ...(['dall-e-3', 'gemini-2-5-flash-image', 'imagen-4'] as const).flatMap((slug): HostileAnswer[] => [
    {
      name: `${slug}: a page of a proxy`,
      slug,
      write: text(502, 'text/html', (key) => `<h1>${echo(key)}</h1>`),
    },
    {
      name: `${slug}: a success that is no JSON`,
      slug,
      write: text(200, 'application/json', (key) => `key ${key}`),
    },
    {
      name: `${slug}: JSON that ends too early`,
      slug,
      write: text(200, 'application/json', (key) => `{"data":["${key}"`),
    },
    {
      name: `${slug}: base64 that is none`,
      slug,
      write: text(200, 'application/json', (key) => JSON.stringify(imagesOf(slug, `***${key}`))),
    },
  ]),
  gemini('prose that holds the key', (key) => ({
    candidates: [{ content: { parts: [{ text: echo(key) }] }, finishReason: 'STOP' }],
  })),
  gemini(
    'a refusal whose words hold the key',
    emptyCandidate((key) => ({ finishMessage: echo(key) })),
  ),
  gemini(
    'a finish reason that is the key',
    emptyCandidate((key) => ({ finishReason: key })),
  ),
  gemini('a block reason that is the key', (key) => ({
    promptFeedback: { blockReason: key, blockReasonMessage: echo(key) },
  })),
  gemini(
    'a picture beside facts that hold the key',
    candidate(
      (key) => ({ finishMessage: key }),
      // Signatures, like pictures, are opaque: they are kept as they came.
      (key) => ({ text: key }),
      (key) => ({ modelVersion: key, usageMetadata: { promptTokenCount: 1, serviceTier: key } }),
    ),
  ),
  google('imagen-4', 'a filter whose reason holds the key', 200, (key) => ({
    predictions: [{ raiFilteredReason: echo(key) }],
  })),
  google(
    'imagen-4',
    'a refused prompt',
    400,
    googleError(400, (key) => ({
      message: `Image generation failed with the following error: The prompt could not be submitted. ${echo(key)}`,
    })),
  ),
];

/** Answers whose facts are taken over as they stand. */
export const hostileFacts: readonly HostileAnswer[] = [
  openAi(
    'an error whose request id is the key',
    400,
    openAiError(() => ({})),
    (key) => ({ 'x-request-id': key }),
  ),
  openAi(
    'a picture whose request id is the key',
    200,
    openAiImage(() => ({})),
    (key) => ({ 'x-request-id': key }),
  ),
  openAi(
    'a picture whose revised prompt holds the key',
    200,
    openAiImage((key) => ({ revised_prompt: `A fox, ${key}` })),
  ),
  openAi(
    'a picture whose quality is the key',
    200,
    openAiImage(
      () => ({}),
      (key) => ({ quality: key }),
    ),
  ),
  openAi(
    'a refusal whose categories are the key',
    400,
    openAiError((key) => ({
      code: 'moderation_blocked',
      moderation_details: { moderation_stage: 'input', categories: [key] },
    })),
  ),
  openAi(
    'an error whose message holds the key in base64',
    400,
    openAiError((key) => ({
      message: `You sent Basic ${Buffer.from(key).toString('base64')}`,
    })),
  ),
  openAi(
    'an error whose message holds the key as in an address',
    400,
    openAiError((key) => ({
      message: `No such page: /v1?key=${encodeURIComponent(key)}`,
    })),
  ),
  gemini(
    'a picture whose response id is the key',
    candidate(
      () => ({}),
      () => ({}),
      (key) => ({ responseId: key }),
    ),
  ),
  gemini('a refusal whose response id is the key', (key) => ({
    responseId: key,
    candidates: [{ content: {}, finishReason: 'NO_IMAGE' }],
  })),
  google('imagen-4', 'a picture whose rewritten prompt holds the key', 200, (key) => ({
    predictions: [{ mimeType: 'image/png', bytesBase64Encoded: picture, prompt: `A fox, ${key}` }],
  })),
];

function imagesOf(slug: HostileAnswer['slug'], base64: string): unknown {
  switch (slug) {
    case 'dall-e-3':
      return { data: [{ b64_json: base64 }] };
    case 'gemini-2-5-flash-image':
      return {
        candidates: [{ content: { parts: [{ inlineData: { mimeType: 'image/png', data: base64 } }] } }],
      };
    case 'imagen-4':
      return { predictions: [{ bytesBase64Encoded: base64 }] };
  }
}
