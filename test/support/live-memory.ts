import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { z } from 'zod';

const MIB = 1024 * 1024;

/** Peak of live memory over the start, without garbage. */
export function startMeasuring(): { sample(): void; peakMib(): number } {
  setFlagsFromString('--expose-gc');
  const gc = z.function({ input: [], output: z.unknown() }).parse(runInNewContext('() => { gc(); }'));
  const used = () => {
    // Buffers go with the second collection.
    gc();
    gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const start = used();
  let peak = start;
  return {
    sample: () => {
      peak = Math.max(peak, used());
    },
    peakMib: () => (peak - start) / MIB,
  };
}
