import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Durations, Numbers } from './series.js';

describe('a metric as it is written', () => {
  it('has its help, its type and a line for every series', () => {
    const metric = new Numbers('counter', { name: 'a_total', help: 'Of a.', labels: ['kind'] });
    metric.of('x').add();
    metric.of('x').add(2);
    metric.of('y');
    expect(metric.write()).toBe(
      [
        '# HELP a_total Of a.',
        '# TYPE a_total counter',
        'a_total{kind="x"} 3',
        'a_total{kind="y"} 0',
        '',
      ].join('\n'),
    );
  });

  it('escapes values of labels', () => {
    const metric = new Numbers('gauge', { name: 'a', help: 'Of a.', labels: ['kind'] });
    metric.of('a "b"\\\n').set(1);
    expect(metric.write()).toContain('a{kind="a \\"b\\"\\\\\\n"} 1');
  });

  it('tells sums of millionths exactly', () => {
    const metric = new Numbers('counter', { name: 'a_total', help: 'Of a.', labels: [] }, 1e-6);
    for (let i = 0; i < 10; i += 1) metric.of().add(100_000);
    expect(metric.write()).toContain('a_total 1\n');
  });

  it('forgets its series when it is told to', () => {
    const metric = new Numbers('gauge', { name: 'a', help: 'Of a.', labels: ['kind'] });
    metric.of('x').set(1);
    metric.clear();
    expect(metric.write()).not.toContain('kind');
  });
});

describe('a distribution', () => {
  it('counts everything once, in the first bucket that holds it', () => {
    const bounds = [0.01, 0.1, 1];
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 3, noNaN: true })), (values) => {
        const metric = new Durations({ name: 'a_seconds', help: 'Of a.', labels: [] }, bounds);
        for (const value of values) metric.of().observe(value);
        const lines = metric.write().split('\n');
        for (const bound of [...bounds, Infinity]) {
          const le = bound === Infinity ? '+Inf' : String(bound);
          const count = values.filter((value) => value <= bound).length;
          expect(lines).toContain(`a_seconds_bucket{le="${le}"} ${count}`);
        }
        expect(lines).toContain(`a_seconds_count ${values.length}`);
      }),
    );
  });
});
