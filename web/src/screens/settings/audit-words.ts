const ACTIONS: Readonly<Record<string, string>> = {
  'workspace.changed': 'Settings changed',
  'fallback.changed': 'Fallback chain changed',
  'key.created': 'Key made',
  'key.changed': 'Key changed',
  'key.revoked': 'Key revoked',
  'operator_policy.changed': 'The operator changed the rules for every workspace',
  'webhook.created': 'Webhook made',
  'webhook.changed': 'Webhook changed',
  'webhook.secret_rotated': 'Webhook got a new secret',
  'webhook.deleted': 'Webhook deleted',
  'webhook.disabled': 'Webhook disabled',
  'webhook.tested': 'Webhook tested',
  'webhook.replayed': 'Delivery sent again',
  'recipe.created': 'Recipe saved',
  'recipe.changed': 'Recipe changed',
  'recipe.deleted': 'Recipe deleted',
};

/** What somebody did; actions that this page doesn't know yet are called as the API calls them. */
export function actionWords(action: string): string {
  return ACTIONS[action] ?? action;
}

/** One thing that an entry of the audit log tells of. */
export interface Difference {
  readonly name: string;
  /** Undefined: there was nothing. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What is different, by the names of members; of something made or removed, everything that it has. */
export function differences(before: unknown, after: unknown): readonly Difference[] {
  const [was, is] = [flatten(before), flatten(after)];
  const names = [...new Set([...was.keys(), ...is.keys()])];
  return names
    .map((name) => ({ name, before: was.get(name), after: is.get(name) }))
    .filter((one) => one.before !== one.after);
}

function flatten(value: unknown, name = ''): Map<string, string> {
  if (value === null || value === undefined) return new Map();
  if (typeof value === 'object' && !Array.isArray(value)) {
    return new Map(
      Object.entries(value).flatMap(([member, inner]) => [
        ...flatten(inner, name === '' ? member : `${name}.${member}`),
      ]),
    );
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return new Map([[name === '' ? 'value' : name, text]]);
}
