import { z } from 'zod';

/** A server-sent event as a client sees it. */
export interface ReceivedEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: z.output<typeof dataSchema>;
}

const dataSchema = z.looseObject({
  type: z.string(),
  position: z.number().optional(),
  image: z.number().optional(),
  b64_json: z.string().optional(),
  generation: z.looseObject({ id: z.string(), status: z.string(), credits_used: z.number() }).optional(),
  error: z.looseObject({ code: z.string() }).optional(),
});

/** Reads events as they come. Ending the loop hangs up. */
export async function* readEvents(response: Response): AsyncGenerator<ReceivedEvent> {
  if (response.body === null) throw new Error('the answer has no body');
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      if (data === undefined) continue;
      yield { id: field('id'), event: field('event') ?? '', data: dataSchema.parse(JSON.parse(data)) };
    }
  }
}

/** All events until the stream ends. */
export async function allEvents(response: Response): Promise<readonly ReceivedEvent[]> {
  const events: ReceivedEvent[] = [];
  for await (const event of readEvents(response)) events.push(event);
  return events;
}
