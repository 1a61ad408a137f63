/** What every answer of the gateway keeps to, whatever was asked. */
import { ERROR_CODES, errorType, type ErrorCode } from '../../../src/errors.js';
import { failure } from '../answers.js';

/** Failures that are told of providers, or of a queue that is full. Any other 5xx is ours. */
const UPSTREAM_CODES: readonly ErrorCode[] = [
  'no_image_returned',
  'upstream_error',
  'outcome_unknown',
  'upstream_unavailable',
  'queue_full',
  'overloaded',
  'upstream_timeout',
];
/** What no answer may show: places in code, queries, files of the machine. */
const INSIDES =
  /\bat [\w.<>]+ \(|node_modules|\.(ts|js):\d+|select .* from |insert into |SQLITE_|ENOENT|\/tmp\//i;

/** @returns what is wrong with an answer, if anything is */
export function judgeAnswer(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  bytes: Buffer,
  method: string,
): string | undefined {
  const id = headers['x-request-id'];
  if (typeof id !== 'string' || id === '') return `${status} without x-request-id`;
  // 412 answers a condition that the caller set; like 304 it has no body.
  if (method === 'HEAD' || status < 400 || status === 412) return undefined;
  const text = bytes.toString();
  const parsed = failure.safeParse(parseJson(text));
  if (!parsed.success) return `${status} without the error envelope: ${text.slice(0, 300)}`;
  const { error, request_id: requestId } = parsed.data;
  const { code } = error;
  if (!isCode(code)) return `${status} with the unknown code ${code}`;
  if (ERROR_CODES[code].status !== status) return `${code} has status ${status}`;
  if (error.type !== errorType(status)) return `${status} has the type ${error.type}`;
  if (requestId !== id) return 'the ids of header and body differ';
  if (!/^(true|false)$/.test(String(headers['x-should-retry']))) return `${code} without x-should-retry`;
  if (status >= 500 && !UPSTREAM_CODES.includes(code)) return `${status} ${text.slice(0, 300)}`;
  return INSIDES.test(error.message) ? `shows what is inside: ${error.message}` : undefined;
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // Then it is no envelope.
    return undefined;
  }
}
