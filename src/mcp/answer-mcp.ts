import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { Gateway } from './gateway.js';
import { createMcpServer } from './mcp-server.js';

/**
 * Answers one message by a server of its own.
 * @param body of the request, parsed
 * @param hungUp ends the answer; pictures that were begun go on
 */
export async function answerMcp(
  request: Request,
  body: unknown,
  gateway: Gateway,
  hungUp: AbortSignal,
  onError: (error: unknown) => void,
): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport();
  const server = createMcpServer(gateway, onError);
  await server.connect(transport);
  hungUp.addEventListener('abort', () => {
    server.close().catch(onError);
  });
  return transport.handleRequest(request, { parsedBody: body });
}
