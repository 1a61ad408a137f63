import type { Command } from 'commander';
import { connectionFrom } from './client.js';

/** `atelier mcp`: the tools of agents over standard input and output, for clients that start programs. */
export function registerMcpCommand(program: Command): void {
  program
    .command('mcp')
    .description('serve the tools of agents (Model Context Protocol) over standard input and output')
    .action(async () => {
      const connection = connectionFrom(process.env);
      const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
      const { createMcpServer } = await import('../mcp/mcp-server.js');
      const server = createMcpServer(connection, (error) => {
        // Standard output belongs to the protocol.
        process.stderr.write(`atelier: ${error instanceof Error ? error.message : String(error)}\n`);
      });
      await server.connect(new StdioServerTransport());
    });
}
