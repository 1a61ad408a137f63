/**
 * Reads a JSON body against a description of its messages as Google's front end does: both spellings of a name, unknown
 * names and unreadable values refused with their path (protocol notes §2, §8).
 */
import { isRecord } from '../shared/emulator-body.js';
import { invalidPayload } from './emulator-errors.js';

export type Shape =
  | { readonly kind: 'string' | 'bool' | 'number' | 'int32' | 'bytes' | 'any' }
  /** Values are matched without regard to case, as they are in practice. */
  | { readonly kind: 'enum'; readonly type: string; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'message'; readonly fields: Readonly<Record<string, Shape>> };

export const text: Shape = { kind: 'string' };
export const bool: Shape = { kind: 'bool' };
export const number: Shape = { kind: 'number' };
export const int32: Shape = { kind: 'int32' };
export const bytes: Shape = { kind: 'bytes' };
/** Taken without a look: parts of the protocol that image calls don't need. */
export const anything: Shape = { kind: 'any' };

export function listOf(of: Shape): Shape {
  return { kind: 'list', of };
}

export function message(fields: Readonly<Record<string, Shape>>): Shape {
  return { kind: 'message', fields };
}

export function oneOf(type: string, values: readonly string[]): Shape {
  return { kind: 'enum', type: `type.googleapis.com/google.ai.generativelanguage.v1beta.${type}`, values };
}

interface Problem {
  readonly field: string;
  readonly description: string;
}

/** The body with camelCase names only; throws one refusal that names everything wrong. */
export function readMessage(body: unknown, shape: Shape): unknown {
  const problems: Problem[] = [];
  const value = readValue(body, shape, '', problems);
  if (problems.length > 0) throw invalidPayload(problems);
  return value;
}

function readValue(value: unknown, shape: Shape, path: string, problems: Problem[]): unknown {
  if (value === null || value === undefined) return undefined;
  switch (shape.kind) {
    case 'any':
      return value;
    case 'string':
      return typeof value === 'string' ? value : bad(value, path, '(TYPE_STRING)', problems);
    case 'bool':
      return typeof value === 'boolean' ? value : bad(value, path, '(TYPE_BOOL)', problems);
    case 'number':
      return typeof value === 'number' ? value : bad(value, path, '(TYPE_FLOAT)', problems);
    case 'int32':
      return readInt32(value, path, problems);
    case 'bytes':
      return readBytes(value, path, problems);
    case 'enum': {
      const found =
        typeof value === 'string'
          ? shape.values.find((one) => one.toLowerCase() === value.toLowerCase())
          : undefined;
      return found ?? bad(value, path, `(${shape.type})`, problems);
    }
    case 'list':
      // A single value in place of a list is taken, as the service does.
      return (Array.isArray(value) ? value : [value]).map((item, index) =>
        readValue(item, shape.of, `${path}[${index}]`, problems),
      );
    case 'message':
      return readFields(value, shape.fields, path, problems);
  }
}

function readFields(
  value: unknown,
  fields: Readonly<Record<string, Shape>>,
  path: string,
  problems: Problem[],
): unknown {
  if (!isRecord(value)) return bad(value, path, '(Message)', problems);
  const result: Record<string, unknown> = {};
  for (const [written, item] of Object.entries(value)) {
    const name = camelCase(written);
    const shape = fields[name];
    if (shape === undefined || (written !== name && written !== snakeCase(name))) {
      const where = path === '' ? '' : ` at '${path}'`;
      const description = `Invalid JSON payload received. Unknown name "${written}"${where}: Cannot find field.`;
      problems.push({ field: path, description });
      continue;
    }
    const inner = path === '' ? snakeCase(name) : `${path}.${snakeCase(name)}`;
    if (name in result) {
      // That both spellings at once are refused is reported without a text.
      problems.push({
        field: inner,
        description: `Invalid value at '${inner}': field is already set by another spelling.`,
      });
    }
    result[name] = readValue(item, shape, inner, problems);
  }
  return result;
}

function readInt32(value: unknown, path: string, problems: Problem[]): unknown {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  const fits =
    typeof number === 'number' && Number.isInteger(number) && number >= -(2 ** 31) && number < 2 ** 31;
  return fits ? number : bad(value, path, '(TYPE_INT32)', problems);
}

/** Plain base64, standard or URL alphabet; data URLs fail here as they do at the service. */
function readBytes(value: unknown, path: string, problems: Problem[]): unknown {
  if (typeof value !== 'string') return bad(value, path, '(TYPE_BYTES)', problems);
  if (/^[A-Za-z0-9+/_-]*={0,2}$/.test(value) && value.replace(/=+$/, '').length % 4 !== 1) return value;
  const shown = value.length > 60 ? `${value.slice(0, 60)}...` : value;
  const description = `Invalid value at '${path}' (TYPE_BYTES), Base64 decoding failed for "${shown}"`;
  problems.push({ field: path, description });
  return undefined;
}

function bad(value: unknown, path: string, type: string, problems: Problem[]): unknown {
  const isMessage = type === '(Message)';
  const description =
    isMessage && Array.isArray(value)
      ? `Invalid JSON payload received. Unknown name "${path}": Proto field is not repeating, cannot start list.`
      : `Invalid value at '${path}' ${type}, ${JSON.stringify(value)}`;
  problems.push({ field: path, description });
  return undefined;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
