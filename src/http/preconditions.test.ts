import { describe, expect, it } from 'vitest';
import { checkPreconditions, rangeHeader } from './preconditions.js';

const validators = { etag: '"abc"', lastModified: new Date('2026-11-22T12:00:00.700Z') };
const SAME = 'Sun, 22 Nov 2026 12:00:00 GMT';
const EARLIER = 'Sun, 22 Nov 2026 11:59:59 GMT';
const LATER = 'Sun, 22 Nov 2026 12:00:01 GMT';

describe('checkPreconditions', () => {
  it.each([
    [{}, 'send'],
    [{ 'if-none-match': '"abc"' }, 'not-modified'],
    [{ 'if-none-match': 'W/"abc"' }, 'not-modified'],
    [{ 'if-none-match': '"x", "abc"' }, 'not-modified'],
    [{ 'if-none-match': '*' }, 'not-modified'],
    [{ 'if-none-match': '"x"' }, 'send'],
    [{ 'if-none-match': 'abc' }, 'send'],
    [{ 'if-none-match': '"x,"abc"' }, 'send'],
    [{ 'if-modified-since': SAME }, 'not-modified'],
    [{ 'if-modified-since': LATER }, 'not-modified'],
    [{ 'if-modified-since': EARLIER }, 'send'],
    [{ 'if-modified-since': '2030' }, 'send'],
    [{ 'if-modified-since': 'Sun, 99 Nov 2026 12:00:00 GMT' }, 'send'],
    // The tag is the surer of the two.
    [{ 'if-none-match': '"x"', 'if-modified-since': LATER }, 'send'],
    [{ 'if-match': '"abc"' }, 'send'],
    [{ 'if-match': '*' }, 'send'],
    [{ 'if-match': '"x", "abc"' }, 'send'],
    [{ 'if-match': 'W/"abc"' }, 'failed'],
    [{ 'if-match': '"x"' }, 'failed'],
    [{ 'if-match': '"x"', 'if-none-match': '"abc"' }, 'failed'],
    [{ 'if-match': '"abc"', 'if-none-match': '"abc"' }, 'not-modified'],
    [{ 'if-unmodified-since': EARLIER }, 'failed'],
    [{ 'if-unmodified-since': SAME }, 'send'],
    [{ 'if-unmodified-since': 'never' }, 'send'],
    [{ 'if-match': '"abc"', 'if-unmodified-since': EARLIER }, 'send'],
  ] as const)('answers %j with %s', (headers, outcome) => {
    expect(checkPreconditions(headers, validators)).toBe(outcome);
  });
});

describe('rangeHeader', () => {
  it.each([
    [undefined, 'bytes=0-1'],
    ['"abc"', 'bytes=0-1'],
    [SAME, 'bytes=0-1'],
    ['"x"', undefined],
    ['W/"abc"', undefined],
    [EARLIER, undefined],
    [LATER, undefined],
    ['abc', undefined],
  ])('with If-Range %j it counts as %j', (ifRange, range) => {
    const headers = { range: 'bytes=0-1', ...(ifRange === undefined ? {} : { 'if-range': ifRange }) };
    expect(rangeHeader(headers, validators)).toBe(range);
  });
});
