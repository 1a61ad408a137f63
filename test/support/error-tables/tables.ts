import type { ErrorTable } from './error-table.js';
import { googleErrors } from './google.js';
import { openAiErrors } from './openai.js';

/** One table per provider that has an adapter and an emulator; a test fails while one is missing. */
export const errorTables: readonly ErrorTable[] = [openAiErrors, googleErrors];
