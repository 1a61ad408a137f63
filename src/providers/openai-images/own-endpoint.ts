/** Servers that the operator lists: what each is, and whether that can be true of its kind. */
import type { EndpointProblem, OwnServer } from '../shared/own-server.js';
import { DIALECTS } from './dialects.js';
import type { DialectName } from './dialects.js';

/** One server with one model, as the operator describes it; its address with or without `/v1`. */
export interface OwnEndpoint extends OwnServer {
  readonly dialect: DialectName;
  /** What the server calls the model. */
  readonly model: string;
  /** What it calls the model that edits, where that is another one. */
  readonly editModel: string | undefined;
}

/** What is said of a server that its kind can't do. */
export function findEndpointProblems(endpoint: OwnEndpoint): readonly EndpointProblem[] {
  const { server, names, edit: form, maskedEdit } = DIALECTS[endpoint.dialect];
  const { edit } = endpoint;
  const problems: EndpointProblem[] = [];
  if (endpoint.negativePrompt && names.negative_prompt === undefined) {
    problems.push({
      path: ['negative_prompt'],
      message: `has to be false: ${server} takes none. What to leave out is told in the prompt instead`,
    });
  }
  if (edit === undefined) return problems;
  if (edit.mask && maskedEdit === undefined) {
    problems.push({
      path: ['edit', 'mask'],
      message: `has to be false: ${server} heeds no mask. The gateway keeps what is outside a mask by itself`,
    });
  }
  const most = (edit.mask ? maskedEdit : undefined)?.maxImages ?? form.maxImages;
  if (most !== undefined && edit.maxInputImages > most) {
    problems.push({
      path: ['edit', 'max_input_images'],
      message: `has to be at most ${most}: ${server} takes no more${edit.mask ? ' with a mask' : ''}`,
    });
  }
  return problems;
}
