/** Looks into a Node process by its inspector: what of its memory is alive, and what keeps it from ending. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { z } from 'zod';

/** What is alive in a process. */
export interface Alive {
  /** Of V8's heap and of buffers beside it, without garbage. */
  readonly bytes: number;
  /** Timers, sockets and the like. */
  readonly resources: number;
}

export interface InspectedProcess {
  /** Collects all garbage and looks at what is left. */
  look(): Promise<Alive>;
  close(): void;
}

const targets = z.array(z.object({ webSocketDebuggerUrl: z.string() })).min(1);
const reply = z.looseObject({
  id: z.number().optional(),
  result: z.looseObject({ result: z.looseObject({ value: z.string().optional() }).optional() }).optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});
const alive = z.object({ bytes: z.number(), resources: z.number() });
const LOOK =
  'JSON.stringify((({ heapUsed, external }) => ({ bytes: heapUsed + external, resources: process.getActiveResourcesInfo().length }))(process.memoryUsage()))';

/** For the environment of the process that is to be looked into. */
export function inspectorEnv(port: number): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--inspect=127.0.0.1:${port}` };
}

/** @param port as of `inspectorEnv` */
export async function inspectProcess(port: number): Promise<InspectedProcess> {
  const listed = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target] = targets.parse(await listed.json());
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  await once(socket, 'open');
  const waiting = new Map<number, (text: string) => void>();
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    waiting.get(reply.parse(JSON.parse(text)).id ?? -1)?.(text);
  });
  let last = 0;
  const send = async (method: string, params: object = {}) => {
    const id = (last += 1);
    const answered = new Promise<string>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = reply.parse(JSON.parse(await answered));
    waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result?.result?.value;
  };
  return {
    look: async () => {
      // Buffers go with the second collection, and what finalizers let go of with the third.
      for (let round = 0; round < 3; round += 1) {
        await send('HeapProfiler.collectGarbage');
        await sleep(50);
      }
      return alive.parse(JSON.parse((await send('Runtime.evaluate', { expression: LOOK })) ?? ''));
    },
    close: () => {
      socket.terminate();
    },
  };
}
