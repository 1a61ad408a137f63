/**
 * A count of the ordinary suite, times TEST_FACTOR: `npm run test:long -- NAME` runs the same code for longer.
 * @param ordinary what stays quick
 */
export function timesFactor(ordinary: number): number {
  return ordinary * Number(process.env['TEST_FACTOR'] ?? '1');
}
