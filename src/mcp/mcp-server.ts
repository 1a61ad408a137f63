import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type CallToolResult,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { nearestName } from '../catalogue/catalogue.js';
import { AppError } from '../errors.js';
import { VERSION } from '../version.js';
import type { Gateway } from './gateway.js';
import type { Tool, ToolCall } from './tool.js';
import { ToolFailure, toToolFailure } from './tool-failure.js';
import { compareModels } from './tools/compare-models.js';
import { getImage } from './tools/get-image.js';
import { keepImage } from './tools/keep-image.js';
import { listModels } from './tools/list-models.js';
import { editImage, generateImage } from './tools/make-pictures.js';
import { planImage } from './tools/plan-image.js';

const TOOLS: readonly Tool[] = [
  listModels,
  planImage,
  generateImage,
  editImage,
  compareModels,
  keepImage,
  getImage,
];

const INSTRUCTIONS =
  'Makes and changes pictures on many image models, with one price list in credits (1 credit is 0.01 USD). list_models shows the models, plan_image the price. ' +
  'Refusals name the parameter (`param`) and often the nearest value that works (`nearest`): use it instead of trying at random. Pictures go after about an hour unless keep_image keeps them.';

/**
 * A server of the Model Context Protocol whose tools call the public API of a gateway with one key. It holds no state: one may be
 * made for every request.
 * @param onError what failed unforeseen; callers only learn that something did
 */
export function createMcpServer(gateway: Gateway, onError: (error: unknown) => void): McpServer {
  const mcp = new McpServer(
    { name: 'atelier', title: 'Atelier', version: VERSION },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  // Arguments are judged by the API and answered in its words; the server's own judge would answer before it.
  mcp.server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: TOOLS.map(describe) }));
  mcp.server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const token = params._meta?.progressToken;
    const call: ToolCall = {
      gateway,
      signal: extra.signal,
      tellProgress: (progress, total, message) => {
        if (token === undefined) return;
        const told = { progressToken: token, progress, total, message };
        // Whoever has gone needs not be told.
        extra.sendNotification({ method: 'notifications/progress', params: told }).catch(() => {});
      },
    };
    try {
      return await find(params.name).run(params.arguments ?? {}, call);
    } catch (error) {
      if (extra.signal.aborted) throw error;
      return toResult(error, onError);
    }
  });
  return mcp;
}

function describe({ name, title, description, inputSchema, readOnly }: Tool) {
  return {
    name,
    title,
    description,
    inputSchema: { ...inputSchema },
    annotations: { title, readOnlyHint: readOnly, destructiveHint: false, openWorldHint: true },
  };
}

function find(name: string): Tool {
  const tool = TOOLS.find((one) => one.name === name);
  if (tool !== undefined) return tool;
  const names = TOOLS.map((one) => one.name);
  const nearest = nearestName(name, names);
  throw new AppError('not_found', {
    message: `There is no tool ${name.slice(0, 100)}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`,
    param: 'name',
    facts: { allowed: names, ...(nearest === undefined ? {} : { nearest }) },
  });
}

/** Errors of tools are results, so that the model reads them and does better. */
function toResult(error: unknown, onError: (error: unknown) => void): CallToolResult {
  const failure =
    error instanceof ToolFailure
      ? error
      : error instanceof AppError
        ? toToolFailure(error)
        : unforeseen(error);
  function unforeseen(cause: unknown): ToolFailure {
    onError(cause);
    const message =
      cause instanceof z.ZodError
        ? 'The gateway answered something that this version does not understand.'
        : 'Something went wrong on our side.';
    return new ToolFailure({ error: { message, type: 'api_error', code: 'internal_error', param: null } });
  }
  const { envelope } = failure;
  return {
    isError: true,
    content: [{ type: 'text', text: `${envelope.error.message}\n${JSON.stringify(envelope)}` }],
    structuredContent: { ...envelope },
  };
}
