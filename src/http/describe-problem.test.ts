import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { generationBodySchema } from '../images/request-body.js';
import type { AppError } from '../errors.js';
import { describeProblem } from './describe-problem.js';

const KNOWN = Object.keys(generationBodySchema.shape);
const BASE = { model: 'painter-1', prompt: 'a red fox' } as const;

/** The answer to a body, read as the server reads it. */
function problemOf(body: unknown, schema: z.ZodType = generationBodySchema): AppError {
  const parsed = schema.safeParse(body, { reportInput: true });
  if (parsed.success) throw new Error('nothing is wrong');
  return describeProblem(parsed.error, KNOWN);
}

describe('describeProblem', () => {
  it.each([
    ['promt', 'prompt'],
    ['negativePrompt', 'negative_prompt'],
    ['outputFormat', 'output_format'],
    ['sizes', 'size'],
    ['Seed', 'seed'],
  ])('answers the unknown field %s with the nearest, %s', (field, nearest) => {
    const problem = problemOf({ ...BASE, [field]: 1 });
    expect([problem.code, problem.status, problem.param]).toStrictEqual(['unknown_parameter', 400, field]);
    expect(problem.facts).toStrictEqual({ allowed: KNOWN, nearest });
    expect(problem.message).toBe(`Unknown parameter: \`${field}\`. Did you mean \`${nearest}\`?`);
  });

  it('suggests nothing for a field unlike all others', () => {
    const problem = problemOf({ ...BASE, watermark: 1 });
    expect(problem.facts).toStrictEqual({ allowed: KNOWN });
    expect(problem.message).toBe('Unknown parameter: `watermark`.');
  });

  it('repeats no more than a hundred characters of a name', () => {
    const problem = problemOf({ ...BASE, ['z'.repeat(5000)]: 1 });
    expect(problem.message.length).toBeLessThan(200);
    expect(problem.param).toBe('z'.repeat(100));
  });

  it('names an unknown field inside another by its whole path', () => {
    const schema = z.strictObject({ prompt: z.strictObject({ subject: z.string() }) });
    const problem = problemOf({ prompt: { subject: 'a', sbject: 'b' } }, schema);
    expect([problem.code, problem.param]).toStrictEqual(['unknown_parameter', 'prompt.sbject']);
  });

  it.each([
    ['model', { prompt: 'a red fox' }],
    ['prompt', { model: 'painter-1' }],
  ])('says that %s is required where it is missing', (field, body) => {
    const problem = problemOf(body);
    expect([problem.code, problem.param]).toStrictEqual(['invalid_request', field]);
    expect(problem.message).toBe(`\`${field}\` is required.`);
  });

  it('names the values of a closed list and the nearest', () => {
    const problem = problemOf({ ...BASE, quality: 'hihg' });
    expect([problem.code, problem.param]).toStrictEqual(['invalid_request', 'quality']);
    expect(problem.facts).toStrictEqual({
      allowed: ['low', 'standard', 'medium', 'high', 'hd', 'xhigh', 'max', 'auto'],
      nearest: 'high',
    });
    expect(problem.message).toContain('The nearest is high.');
  });

  it('keeps numbers and booleans of a closed list as they are', () => {
    const schema = z.object({ steps: z.literal([1, 4, true, 'auto']) });
    expect(problemOf({ steps: 7 }, schema).facts.allowed).toStrictEqual([1, 4, true, 'auto']);
  });

  it.each([
    ['n', 11, 10],
    ['n', 0, 1],
    ['output_compression', 101, 100],
    ['seed', -1, 0],
  ])('answers %s = %i with the nearest number, %i', (field, value, nearest) => {
    const problem = problemOf({ ...BASE, [field]: value });
    expect([problem.code, problem.param, problem.facts.nearest]).toStrictEqual([
      'invalid_request',
      field,
      nearest,
    ]);
    expect(problem.message).toMatch(new RegExp(`^\`${field}\` must be from `));
  });

  it.each([
    ['size', 1024, '`size` must be a string.'],
    ['n', '2', '`n` must be a number.'],
    ['dry_run', 'yes', '`dry_run` must be a boolean.'],
    ['metadata', [], '`metadata` must be a record.'],
  ])('says what type %s has to be', (field, value, message) => {
    const problem = problemOf({ ...BASE, [field]: value });
    expect([problem.code, problem.param]).toStrictEqual(['invalid_request', field]);
    expect(problem.message).toMatch(new RegExp(`^\`${field}\` must be an? `));
    expect(problem.message.split(' ').length).toBe(message.split(' ').length);
  });

  it('says that a field of several types has a wrong one', () => {
    expect(problemOf({ ...BASE, fallback: 7 }).message).toBe('`fallback` has a wrong type.');
  });

  it('names the place inside a list or a record', () => {
    expect(problemOf({ ...BASE, metadata: { order: 7 } }).param).toBe('metadata.order');
    expect(problemOf({ ...BASE, provider_options: { acme: 7 } }).param).toBe('provider_options.acme');
  });

  it.each([[[]], ['text'], [7], [null], [undefined]])('asks for an object instead of %j', (body) => {
    const problem = problemOf(body);
    expect([problem.code, problem.param]).toStrictEqual(['invalid_request', undefined]);
    expect(problem.message).toBe('The body must be a JSON object.');
  });

  it('never repeats a given value', () => {
    for (const field of KNOWN) {
      const body = { ...BASE, [field]: { secret: 'sk-secret' } };
      if (!generationBodySchema.safeParse(body).success) {
        const problem = problemOf(body);
        expect(JSON.stringify([problem.message, problem.facts]), field).not.toContain('sk-secret');
      }
    }
  });
});
