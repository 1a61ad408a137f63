/** One server-sent event, its data read as JSON. */
export interface ReceivedEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The events of an answer as they come; comments are passed over. */
export async function* readServerSentEvents(response: Response): AsyncGenerator<ReceivedEvent> {
  if (response.body === null) return;
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      if (data !== undefined) yield { event: field('event') ?? '', data: JSON.parse(data) };
    }
  }
}
