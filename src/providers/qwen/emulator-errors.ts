/** Refusals in the service's words (protocol notes §8, §10). Texts that the notes lack are ours. */
import { randomUUID } from 'node:crypto';
import { WireError } from '../shared/emulator-kit.js';
import { EMULATED_RETRY_AFTER_S } from '../shared/scripted-outcome.js';
import type { OutcomeName } from '../shared/scripted-outcome.js';

/** Code and message, wherever they will stand: on the answer, inside a task, in the OpenAI-shaped envelope. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A failure thrown while a request is read; the surface that was called gives it its shape. */
export class Refused extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'Refused';
    this.failure = failure;
  }
}

export function refusal(status: number, code: string, message: string): Refused {
  return new Refused({ status, code, message });
}

/** The shape of the native surface. */
export function nativeError(failure: Failure): WireError {
  const { status, code, message } = failure;
  return new WireError(status, { request_id: randomUUID(), code, message }, failure.headers);
}

/** The shape of the OpenAI-shaped surface. */
export function compatibleError(failure: Failure): WireError {
  const { status, code, message } = failure;
  return new WireError(status, { error: { code, message } }, failure.headers);
}

export function invalidParameter(message: string): Refused {
  return refusal(400, 'InvalidParameter', message);
}

export function invalidUrl(message: string): Refused {
  return refusal(400, 'InvalidURL', message);
}

/** A model that the path doesn't serve, or a path that nobody serves. */
export function wrongPath(): Refused {
  return invalidParameter('url error, please check url');
}

/** The 404 is from memory; some paths are said to answer 400. */
export function modelNotFound(): Refused {
  return refusal(404, 'ModelNotFound', 'Model not exist.');
}

export function wrongCallForm(form: 'synchronous' | 'asynchronous'): Refused {
  return refusal(403, 'AccessDenied', `current user api does not support ${form} calls.`);
}

export function invalidKey(missing: boolean): Refused {
  return refusal(401, 'InvalidApiKey', `${missing ? 'No' : 'Invalid'} API-key provided.`);
}

export function notCancellable(): Refused {
  return refusal(
    400,
    'UnsupportedOperation',
    'Failed to cancel the task, please confirm if the task is in PENDING status.',
  );
}

const SERVER_FAULT = 'An internal error has occured, please try again later or contact service support.';

export function serverFault(code = 'InternalError'): Failure {
  return { status: 500, code, message: SERVER_FAULT };
}

/**
 * What an outcome refuses. Those of the gate answer every call; the others come from the model's work, which a task
 * shows as its end.
 */
export function scriptedFailure(
  outcome: OutcomeName | null | undefined,
): (Failure & { readonly byGate: boolean }) | undefined {
  switch (outcome) {
    case 'bad-key':
      return { ...invalidKey(false).failure, byGate: true };
    case 'out-of-credit':
      return {
        status: 400,
        code: 'Arrearage',
        message: 'Access denied, please make sure your account is in good standing.',
        byGate: true,
      };
    case 'rate-limited':
      // The service was never seen to send a hint; whatever stands before it may.
      return {
        ...throttled(),
        headers: { 'retry-after': String(EMULATED_RETRY_AFTER_S) },
        byGate: true,
      };
    case 'rate-limited-no-hint':
      return { ...throttled(), byGate: true };
    // The table has no code for an overload but the server's own timeout.
    case 'overloaded':
      return { ...serverFault('InternalError.Timeout'), byGate: true };
    case 'server-error':
      return { ...serverFault('InternalError.Algo'), byGate: false };
    case 'moderated-prompt':
    case 'moderated-input':
      return { ...inspected('Input'), byGate: false };
    case 'moderated-output':
      return { ...inspected('Output'), byGate: false };
    default:
      return undefined;
  }
}

function throttled(): Failure {
  return {
    status: 429,
    code: 'Throttling.RateQuota',
    message: 'Requests rate limit exceeded, please try again later.',
  };
}

function inspected(what: 'Input' | 'Output'): Failure {
  return {
    status: 400,
    code: 'DataInspectionFailed',
    message: `${what} data may contain inappropriate content.`,
  };
}

/** States that no scripted outcome covers, chosen by how the key begins, so that every documented refusal can be seen. */
export function failureOfKey(key: string): Failure | undefined {
  const states: Readonly<Record<string, Failure>> = {
    burst: { status: 429, code: 'Throttling', message: 'Request rate increased too quickly' },
    quota: {
      status: 429,
      code: 'Throttling.AllocationQuota',
      message: 'Allocated quota exceeded, please increase your quota limit.',
    },
    brand: {
      status: 400,
      code: 'IPInfringementSuspect',
      message: 'Input data is suspected of being involved in IP infringement.',
    },
    feature: {
      status: 400,
      code: 'UnsupportedOperation',
      message: 'The operation is unsupported on the referee object.',
    },
    denied: { status: 403, code: 'AccessDenied', message: 'Access denied.' },
    unpurchased: {
      status: 403,
      code: 'AccessDenied.Unpurchased',
      message: 'Access to model denied. Please make sure you are eligible for using the model.',
    },
    modelless: { status: 403, code: 'Model.AccessDenied', message: 'Model access denied.' },
    homeless: { status: 404, code: 'WorkSpaceNotFound', message: 'WorkSpace can not be found.' },
    internal: serverFault(),
  };
  const state = Object.keys(states).find((name) => key.startsWith(`sk-${name}`));
  return state === undefined ? undefined : states[state];
}

/** The blob store's refusal, in XML. */
export function refusedByStore(code: 'AccessDenied' | 'SignatureDoesNotMatch', message: string): WireError {
  const requestId = randomUUID().replaceAll('-', '').slice(0, 24).toUpperCase();
  return new WireError(
    403,
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n  <Code>${code}</Code>\n  <Message>${message}</Message>\n  <RequestId>${requestId}</RequestId>\n</Error>\n`,
    { 'content-type': 'application/xml', 'x-oss-request-id': requestId },
  );
}
