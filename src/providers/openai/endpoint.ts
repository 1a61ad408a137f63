/** Where and as whom calls go: OpenAI itself, or a resource on Azure that speaks the same protocol. */
import type { Endpoint } from '../provider.js';

/** Hosts of Azure OpenAI resources; they take the key in a header of their own. */
const AZURE_HOSTS = ['.openai.azure.com', '.cognitiveservices.azure.com', '.services.ai.azure.com'];

/**
 * Headers of a call beside its body's own (protocol notes §2). Azure (a host of its own, or an `api-version` in the settings or the base URL)
 * takes `api-key`; everyone else the bearer form.
 */
export function openAiHeaders(endpoint: Endpoint, streamed: boolean): Readonly<Record<string, string>> {
  const { apiKey, extra } = endpoint;
  const credentials: Record<string, string> =
    apiKey === undefined
      ? {}
      : isAzure(endpoint)
        ? { 'api-key': apiKey }
        : { authorization: `Bearer ${apiKey}` };
  return {
    accept: streamed ? 'text/event-stream' : 'application/json',
    ...credentials,
    ...header('openai-organization', extra['OPENAI_ORGANIZATION']),
    ...header('openai-project', extra['OPENAI_PROJECT']),
  };
}

/** The call's path with Azure's `api-version`, where the settings name one and the base URL does not. */
export function openAiPath(path: string, endpoint: Endpoint): string {
  const version = endpoint.extra['OPENAI_API_VERSION'];
  if (version === undefined || version === '' || baseOf(endpoint).searchParams.has('api-version'))
    return path;
  return `${path}?api-version=${encodeURIComponent(version)}`;
}

function isAzure(endpoint: Endpoint): boolean {
  const base = baseOf(endpoint);
  const version = endpoint.extra['OPENAI_API_VERSION'];
  return (
    (version !== undefined && version !== '') ||
    base.searchParams.has('api-version') ||
    AZURE_HOSTS.some((host) => base.hostname.endsWith(host))
  );
}

function baseOf(endpoint: Endpoint): URL {
  return new URL(endpoint.baseUrl);
}

function header(name: string, value: string | undefined): Readonly<Record<string, string>> {
  return value === undefined || value === '' ? {} : { [name]: value };
}
