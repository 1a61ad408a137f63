/** Checks graphs as the real server does before it queues them (protocol notes §B1). */
import { isRecord } from '../shared/emulator-body.js';
import { WireError } from '../shared/emulator-kit.js';
import type { JsonValue } from '../provider.js';
import { isOptional } from './emulator-nodes.js';
import type { InputSpec, NodeSpec } from './emulator-nodes.js';

export interface GraphNode {
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}
export type Graph = ReadonlyMap<string, GraphNode>;

export interface CheckedGraph {
  readonly graph: Graph;
  /** Output nodes that can run. */
  readonly outputs: readonly string[];
  readonly nodeErrors: { readonly [id: string]: JsonValue };
}

interface NodeError {
  readonly type: string;
  readonly message: string;
  readonly details: string;
  readonly extra_info: { readonly [name: string]: JsonValue };
}

/** A link to another node's output. */
export function linkOf(value: unknown): { readonly id: string; readonly output: number } | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const pair: readonly unknown[] = value;
  const [id, output] = pair;
  return typeof id === 'string' && typeof output === 'number' ? { id, output } : undefined;
}

/** @param isUploaded whether a file lies in the input folder */
export function checkGraph(
  prompt: unknown,
  nodes: Readonly<Record<string, NodeSpec>>,
  isUploaded: (name: string) => boolean,
): CheckedGraph {
  if (!isRecord(prompt)) throw refusal('no_prompt', 'No prompt provided', 'No prompt provided');
  const graph = new Map<string, GraphNode>();
  for (const [id, node] of Object.entries(prompt)) {
    const type = isRecord(node) ? node['class_type'] : undefined;
    if (!isRecord(node) || typeof type !== 'string') {
      throw refusal(
        'invalid_prompt',
        'Cannot execute because a node is missing the class_type property.',
        `Node ID '#${id}'`,
      );
    }
    if (!Object.hasOwn(nodes, type)) {
      throw refusal(
        'invalid_prompt',
        `Cannot execute because node ${type} does not exist.`,
        `Node ID '#${id}'`,
      );
    }
    graph.set(id, { type, inputs: isRecord(node['inputs']) ? node['inputs'] : {} });
  }
  const outputs = [...graph].filter(([, { type }]) => nodes[type]?.isOutput === true).map(([id]) => id);
  if (outputs.length === 0) throw refusal('prompt_no_outputs', 'Prompt has no outputs', '');

  const errors = new Map<string, { readonly list: NodeError[]; readonly outputs: Set<string> }>();
  const good: string[] = [];
  for (const output of outputs) {
    const found = checkTree(output, graph, nodes, isUploaded);
    if (found.size === 0) good.push(output);
    for (const [id, list] of found) {
      const known = errors.get(id) ?? { list: [...list], outputs: new Set<string>() };
      known.outputs.add(output);
      errors.set(id, known);
    }
  }
  const nodeErrors = Object.fromEntries(
    [...errors].map(([id, { list, outputs: dependent }]) => [
      id,
      {
        errors: list.map((error) => ({ ...error })),
        dependent_outputs: [...dependent],
        class_type: graph.get(id)?.type ?? '',
      },
    ]),
  );
  if (good.length === 0) {
    const details = [...errors]
      .flatMap(([id, { list }]) => list.map(({ details: text }) => `Node ${id}: ${text}`))
      .join('\n');
    throw refusal(
      'prompt_outputs_failed_validation',
      'Prompt outputs failed validation',
      details,
      nodeErrors,
    );
  }
  return { graph, outputs: good, nodeErrors };
}

/** The faults of an output node and of all that it hangs on, by node. */
function checkTree(
  root: string,
  graph: Graph,
  nodes: Readonly<Record<string, NodeSpec>>,
  isUploaded: (name: string) => boolean,
): ReadonlyMap<string, readonly NodeError[]> {
  const found = new Map<string, readonly NodeError[]>();
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const node = graph.get(id);
    const spec = node === undefined ? undefined : nodes[node.type];
    if (node === undefined || spec === undefined) return;
    const errors = Object.entries(spec.inputs).flatMap(([name, input]) => {
      const value = node.inputs[name];
      if (value === undefined) {
        return isOptional(input)
          ? []
          : [nodeError('required_input_missing', 'Required input is missing', name, name)];
      }
      const link = Array.isArray(value) ? linkOf(value) : undefined;
      if (Array.isArray(value)) {
        const source = link === undefined ? undefined : graph.get(link.id);
        if (link === undefined || source === undefined) {
          return [
            nodeError(
              'bad_linked_input',
              'Bad linked input, must be a length-2 list of [node_id, slot_index]',
              name,
              name,
            ),
          ];
        }
        visit(link.id);
        const given = nodes[source.type]?.outputs[link.output];
        const wanted = typeOf(input);
        return given === wanted
          ? []
          : [
              nodeError(
                'return_type_mismatch',
                'Return type mismatch between linked nodes',
                `${name}, received_type(${given ?? 'none'}) mismatch input_type(${wanted})`,
                name,
              ),
            ];
      }
      return checkValue(name, input, value, isUploaded);
    });
    if (errors.length > 0) found.set(id, errors);
  };
  visit(root);
  return found;
}

function typeOf(input: InputSpec): string {
  if (input.kind === 'link') return input.type;
  return { int: 'INT', float: 'FLOAT', text: 'STRING', list: 'COMBO', upload: 'COMBO' }[input.kind];
}

function checkValue(
  name: string,
  input: InputSpec,
  value: unknown,
  isUploaded: (name: string) => boolean,
): readonly NodeError[] {
  switch (input.kind) {
    case 'link':
      return [
        nodeError(
          'bad_linked_input',
          'Bad linked input, must be a length-2 list of [node_id, slot_index]',
          name,
          name,
        ),
      ];
    case 'text':
      return [];
    case 'int':
    case 'float': {
      const number = typeof value === 'string' ? Number(value) : value;
      if (typeof number !== 'number' || Number.isNaN(number)) {
        const type = input.kind.toUpperCase();
        const details = `${name}, ${JSON.stringify(value)}, invalid literal for ${type.toLowerCase()}()`;
        const message = `Failed to convert an input value to a ${type} value`;
        return [nodeError('invalid_input_type', message, details, name)];
      }
      if (number < input.min) {
        const message = `Value ${number} smaller than min of ${input.min}`;
        return [nodeError('value_smaller_than_min', message, name, name)];
      }
      if (number > input.max) {
        const message = `Value ${number} bigger than max of ${input.max}`;
        return [nodeError('value_bigger_than_max', message, name, name)];
      }
      return [];
    }
    case 'list': {
      if (typeof value === 'string' && input.choices.includes(value)) return [];
      const details = `${name}: '${String(value)}' not in [${input.choices.map((one) => `'${one}'`).join(', ')}]`;
      return [nodeError('value_not_in_list', 'Value not in list', details, name)];
    }
    case 'upload': {
      if (typeof value === 'string' && isUploaded(value)) return [];
      const details = `${name} - Invalid image file: ${String(value)}`;
      return [nodeError('custom_validation_failed', 'Custom validation failed for node', details, name)];
    }
  }
}

function nodeError(type: string, message: string, details: string, input: string): NodeError {
  return { type, message, details, extra_info: { input_name: input } };
}

/** A refused graph, in the server's words. */
export function refusal(
  type: string,
  message: string,
  details: string,
  nodeErrors: { readonly [id: string]: JsonValue } = {},
): WireError {
  return new WireError(400, { error: { type, message, details, extra_info: {} }, node_errors: nodeErrors });
}
