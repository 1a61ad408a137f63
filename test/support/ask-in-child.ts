import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import { z } from 'zod';

// A client in a process of its own. For each line: opens its connections, says `ready`, and at the next line sends all its
// requests at once and tells what came back.

const taskSchema = z.object({
  url: z.string(),
  key: z.string(),
  requests: z.number(),
  body: z.looseObject({ prompt: z.string() }),
  /** With one, all requests are the same; without, each asks for something else. */
  idempotencyKey: z.string().optional(),
});
type Task = z.output<typeof taskSchema>;

async function ask(client: Agent, { url, key, body, idempotencyKey }: Task, index: number) {
  const prompt = idempotencyKey === undefined ? `${body.prompt} ${process.pid}/${index}` : body.prompt;
  const answer = await request(`${url}/v1/images/generations`, {
    dispatcher: client,
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    body: JSON.stringify({ ...body, prompt }),
  });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: await answer.body.json(),
  };
}

const lines = createInterface(process.stdin)[Symbol.asyncIterator]();
for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
  const task = taskSchema.parse(JSON.parse(line.value));
  const client = new Agent({ connections: task.requests, pipelining: 1 });
  process.stdout.write('ready\n');
  await lines.next();
  const answers = await Promise.all(
    Array.from({ length: task.requests }, (_, index) => ask(client, task, index)),
  );
  await client.close();
  process.stdout.write(`${JSON.stringify(answers)}\n`);
}
