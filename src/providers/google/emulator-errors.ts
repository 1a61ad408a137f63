/** Refusals in Google's words (protocol notes §8). Texts that the notes lack are marked as ours. */
import { WireError } from '../shared/emulator-kit.js';
import { EMULATED_RETRY_AFTER_S } from '../shared/scripted-outcome.js';
import type { JsonValue } from '../provider.js';

export type Surface = 'gemini' | 'vertex';

const RPC = 'type.googleapis.com/google.rpc';
const SERVICE = { gemini: 'generativelanguage.googleapis.com', vertex: 'aiplatform.googleapis.com' } as const;

/** The envelope that every refusal has; `details` is absent where there is nothing to add. */
export function refusal(
  code: number,
  status: string,
  message: string,
  details: readonly JsonValue[] = [],
): WireError {
  const error = { code, message, status, ...(details.length === 0 ? {} : { details }) };
  return new WireError(code, { error }, { 'content-type': 'application/json; charset=UTF-8' });
}

export function invalidArgument(message: string, details: readonly JsonValue[] = []): WireError {
  return refusal(400, 'INVALID_ARGUMENT', message, details);
}

/** Unknown names and unreadable values, all of them at once as the service does. */
export function invalidPayload(
  problems: readonly { readonly field: string; readonly description: string }[],
): WireError {
  const message = problems.map((problem) => problem.description).join('\n');
  return invalidArgument(message, [
    { '@type': `${RPC}.BadRequest`, fieldViolations: problems.map((one) => ({ ...one })) },
  ]);
}

export function badKey(surface: Surface): WireError {
  if (surface === 'vertex') return badToken();
  const message = 'API key not valid. Please pass a valid API key.';
  return invalidArgument(message, [
    errorInfo('API_KEY_INVALID', 'googleapis.com', { service: SERVICE.gemini }),
    { '@type': `${RPC}.LocalizedMessage`, locale: 'en-US', message },
  ]);
}

export function badToken(): WireError {
  return refusal(
    401,
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    [errorInfo('ACCESS_TOKEN_TYPE_UNSUPPORTED', 'googleapis.com', {})],
  );
}

export function missingKey(): WireError {
  return refusal(
    403,
    'PERMISSION_DENIED',
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  );
}

export function modelNotFound(
  surface: Surface,
  path: { readonly resource: string; readonly version: string; readonly method: string },
): WireError {
  if (surface === 'vertex') {
    return refusal(
      404,
      'NOT_FOUND',
      `Publisher Model \`${path.resource}\` was not found or your project does not have access to it. Please ensure you are using a valid model version. For more information, see: https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions`,
    );
  }
  return refusal(
    404,
    'NOT_FOUND',
    `${path.resource} is not found for API version ${path.version}, or is not supported for ${path.method}. Call ListModels to see the list of available models and their supported methods.`,
  );
}

/** With a hint: a quota per minute and when to come back. Vertex gives its own text and never a hint. */
export function rateLimited(surface: Surface, model: string, withHint: boolean): WireError {
  if (surface === 'vertex') {
    return refusal(
      429,
      'RESOURCE_EXHAUSTED',
      'Resource exhausted. Please try again later. Please refer to https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details.',
    );
  }
  if (!withHint) {
    return refusal(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).');
  }
  const delay = `${EMULATED_RETRY_AFTER_S}s`;
  return quotaExceeded(model, {
    metric: `${SERVICE.gemini}/generate_content_paid_tier_requests`,
    quotaId: 'GenerateRequestsPerMinutePerProjectPerModel',
    limit: 20,
    end: `\nPlease retry in ${delay}.`,
    more: [{ '@type': `${RPC}.RetryInfo`, retryDelay: delay }],
  });
}

/** A day's quota of none: what a project without billing meets on image models. Vertex's text is from memory. */
export function outOfCredit(surface: Surface, model: string): WireError {
  if (surface === 'vertex') {
    return refusal(
      403,
      'PERMISSION_DENIED',
      'This API method requires billing to be enabled. Please enable billing on the project, then retry.',
      [errorInfo('BILLING_DISABLED', 'googleapis.com', { service: SERVICE.vertex })],
    );
  }
  return quotaExceeded(model, {
    metric: `${SERVICE.gemini}/generate_content_free_tier_requests`,
    quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier',
    limit: 0,
    end: '',
    more: [],
  });
}

function quotaExceeded(
  model: string,
  quota: {
    readonly metric: string;
    readonly quotaId: string;
    readonly limit: number;
    readonly end: string;
    readonly more: readonly JsonValue[];
  },
): WireError {
  const { metric, quotaId, limit } = quota;
  return refusal(
    429,
    'RESOURCE_EXHAUSTED',
    `You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric: ${metric}, limit: ${limit}, model: ${model}${quota.end}`,
    [
      {
        '@type': `${RPC}.QuotaFailure`,
        violations: [
          {
            quotaMetric: metric,
            quotaId,
            quotaDimensions: { location: 'global', model },
            quotaValue: String(limit),
          },
        ],
      },
      {
        '@type': `${RPC}.Help`,
        links: [
          {
            description: 'Learn more about Gemini API quotas',
            url: 'https://ai.google.dev/gemini-api/docs/rate-limits',
          },
        ],
      },
      ...quota.more,
    ],
  );
}

export function overloaded(): WireError {
  return refusal(
    503,
    'UNAVAILABLE',
    'This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later.',
  );
}

export function serverError(): WireError {
  return refusal(
    500,
    'INTERNAL',
    'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
  );
}

/**
 * States of an account that no scripted outcome covers, chosen by how the key begins, so that every documented refusal can
 * be seen. Keys that choose among answers without a picture stand in `emulator-reasons.ts`.
 */
export function refusalOfKey(key: string, model: string): WireError | undefined {
  const states: Readonly<Record<string, () => WireError>> = {
    expired: () =>
      invalidArgument('API key expired. Please renew the API key.', [
        errorInfo('API_KEY_INVALID', 'googleapis.com', { service: SERVICE.gemini }),
      ]),
    leaked: () =>
      refusal(403, 'PERMISSION_DENIED', 'Your API key was reported as leaked. Please use another API key.'),
    disabled: () =>
      refusal(
        403,
        'PERMISSION_DENIED',
        'Generative Language API has not been used in project 1 before or it is disabled.',
        [
          {
            '@type': `${RPC}.Help`,
            links: [
              {
                description: 'Google developers console API activation',
                url: 'https://console.developers.google.com',
              },
            ],
          },
          errorInfo('SERVICE_DISABLED', 'googleapis.com', {
            service: SERVICE.gemini,
            consumer: 'projects/1',
          }),
        ],
      ),
    iam: () =>
      refusal(
        403,
        'PERMISSION_DENIED',
        `Permission 'aiplatform.endpoints.predict' denied on resource '//${SERVICE.vertex}/${model}' (or it may not exist).`,
        [errorInfo('IAM_PERMISSION_DENIED', SERVICE.vertex, { permission: 'aiplatform.endpoints.predict' })],
      ),
    abroad: () => refusal(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
    newcomer: () =>
      refusal(
        404,
        'NOT_FOUND',
        `This model models/${model} is no longer available to new users. Please update your code to use a newer model.`,
      ),
    // The delay is as meaningless as the service's own: the quota comes back at midnight Pacific.
    daily: () =>
      quotaExceeded(model, {
        metric: `${SERVICE.gemini}/generate_content_paid_tier_requests`,
        quotaId: 'GenerateRequestsPerDayPerProjectPerModel',
        limit: 20,
        end: '\nPlease retry in 38.2s.',
        more: [{ '@type': `${RPC}.RetryInfo`, retryDelay: '38s' }],
      }),
    deadline: () => refusal(504, 'DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'),
  };
  const state = Object.keys(states).find((name) => key.startsWith(`${name}-`));
  return state === undefined ? undefined : states[state]?.();
}

function errorInfo(reason: string, domain: string, metadata: Readonly<Record<string, string>>): JsonValue {
  return { '@type': `${RPC}.ErrorInfo`, reason, domain, metadata };
}
