/** Values of a body, which is JSON or a form, read as one server reads them. */
import { isRecord, parseJson } from '../shared/emulator-body.js';
import { invalidField } from './emulator-errors.js';
import type { Dialect } from './emulator-dialects.js';

export type Fields = Readonly<Record<string, unknown>>;

export interface Reader {
  readonly dialect: Dialect;
  readonly fields: Fields;
  text(name: string): string | undefined;
  integer(name: string, bounds?: Bounds): number | undefined;
  number(name: string, bounds?: Bounds): number | undefined;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

const UNBOUNDED: Bounds = { min: -Infinity, max: Infinity };

/** @param form values are texts that may stand for numbers */
export function createReader(dialect: Dialect, fields: Fields, form: boolean): Reader {
  const given = (name: string): unknown => fields[name] ?? undefined;
  const numeric = (name: string, bounds: Bounds, whole: boolean): number | undefined => {
    const value = given(name);
    if (value === undefined || (form && value === '')) return undefined;
    const read = form && typeof value === 'string' ? Number(value) : value;
    const fits = typeof read === 'number' && !Number.isNaN(read) && (!whole || Number.isInteger(read));
    if (!fits) {
      const type = whole ? 'int_parsing' : 'float_parsing';
      throw invalidField(dialect, name, {
        msg: `Input should be a valid ${whole ? 'integer' : 'number'}`,
        type,
      });
    }
    if (read < bounds.min || read > bounds.max) {
      const low = read < bounds.min;
      throw invalidField(dialect, name, {
        msg: `Input should be ${low ? 'greater' : 'less'} than or equal to ${low ? bounds.min : bounds.max}`,
        type: low ? 'greater_than_equal' : 'less_than_equal',
      });
    }
    return read;
  };
  return {
    dialect,
    fields,
    text(name) {
      const value = given(name);
      if (value === undefined || typeof value === 'string') return value;
      throw invalidField(dialect, name, { msg: 'Input should be a valid string', type: 'string_type' });
    },
    integer: (name, bounds = UNBOUNDED) => numeric(name, bounds, true),
    number: (name, bounds = UNBOUNDED) => numeric(name, bounds, false),
  };
}

/** JSON inside a text, as two of the servers want their extras. */
export function readEmbedded(text: string): Fields | undefined {
  const value = parseJson(text);
  return isRecord(value) ? value : undefined;
}
