import { AppError } from '../errors.js';
import { ProviderError, type ProviderEvent } from '../providers/provider.js';

/** Where the providers' protocols carry keys. */
const CREDENTIAL_HEADERS = ['authorization', 'api-key', 'x-goog-api-key', 'x-key'];

/** Shorter ones would tear holes into ordinary words. */
const MIN_SECRET_CHARS = 8;

/** Takes the credentials that a call left with out of everything that its answer says, whatever the adapter did. */
export class Scrubber {
  readonly #needles = new Set<string>();

  /** Learns the credentials of an outgoing call. Header names are compared in lower case. */
  learn(headers: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(headers)) {
      if (!CREDENTIAL_HEADERS.includes(name.toLowerCase())) continue;
      const secret = value.replace(/^(?:Bearer|Key|Basic)\s+/i, '');
      this.learnSecret(secret);
      if (/^Basic\s/i.test(value)) for (const part of basicParts(secret)) this.learnSecret(part);
    }
  }

  /** Learns a credential that may be told though the call did not carry it, such as another key of the same pool. */
  learnSecret(secret: string): void {
    if (secret.length < MIN_SECRET_CHARS) return;
    for (const text of [secret, encodeURIComponent(secret), ...base64Forms(secret)]) this.#needles.add(text);
  }

  /** The text with every form of a learned credential blacked out. */
  text(text: string): string {
    let clean = text;
    for (const needle of this.#needles) clean = clean.replaceAll(needle, '***');
    return clean;
  }

  /** An event whose texts are clean; pictures pass untouched. */
  event(event: ProviderEvent): ProviderEvent {
    switch (event.type) {
      case 'image':
        return event.revisedPrompt === undefined
          ? event
          : { ...event, revisedPrompt: this.text(event.revisedPrompt) };
      case 'answered':
        return {
          ...event,
          requestId: event.requestId === undefined ? undefined : this.text(event.requestId),
          reported: Object.fromEntries(
            Object.entries(event.reported).map(([name, value]) => [name, this.text(value)]),
          ),
        };
      case 'image-failed':
        return { ...event, error: this.error(event.error) };
      case 'accepted':
      case 'queued':
      case 'progress':
      case 'partial':
      case 'usage':
        return event;
    }
  }

  /**
   * The same failure with clean texts. Its cause is left behind, for nobody knows what a library put into its message; one of our own
   * words stays.
   */
  error(error: ProviderError): ProviderError {
    const { upstream, cause, ...info } = error.info;
    const { status, ...texts } = upstream ?? {};
    return new ProviderError({
      ...info,
      ...(cause instanceof AppError ? { cause } : {}),
      ...(cause instanceof Error && !(cause instanceof AppError)
        ? { cause: new Error(this.text(cause.message)) }
        : {}),
      message: this.text(error.info.message),
      ...(upstream === undefined
        ? {}
        : {
            upstream: {
              ...(status === undefined ? {} : { status }),
              ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, this.text(text)])),
            },
          }),
    });
  }
}

/** What a Basic authentication is made of: `user:password`, and the password alone. */
function basicParts(encoded: string): readonly string[] {
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  return [pair, pair.slice(pair.indexOf(':') + 1)];
}

/** Base64 of a text as it looks wherever in a longer text it begins, without the groups it shares with neighbours. */
function base64Forms(secret: string): readonly string[] {
  return [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.from('x'.repeat(shift) + secret).toString('base64');
    const inner = whole.slice(shift === 0 ? 0 : 4, -4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
