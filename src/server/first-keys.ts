import type { Config } from '../config/schema.js';
import { fromCredits } from '../credits/microcredits.js';
import { invariant } from '../errors.js';
import type { SignInLinks } from '../http/web/sign-in-links.js';
import { isLoopback } from '../net/loopback.js';
import type { WorkspaceStore } from '../workspaces/workspace-store.js';

/** Keys made at the very first start; shown once and never again. */
export interface FirstKeys {
  /** undefined when the operator gave it. */
  readonly live: string | undefined;
  readonly test: string;
  /** Signs a browser in once; undefined unless only this machine can reach the server. */
  readonly signInLink: string | undefined;
}

/** The keys' secrets. */
export type FirstSecrets = readonly [live: string, test: string];

/** Makes the first workspace with its two keys. @returns undefined when there is a workspace already */
export async function makeFirstWorkspace(
  config: Config,
  workspaces: WorkspaceStore,
): Promise<FirstSecrets | undefined> {
  const given = config.ATELIER_BOOTSTRAP_KEY;
  const secrets = await workspaces.createFirst('default', fromCredits(config.ATELIER_BOOTSTRAP_CREDITS), [
    {
      mode: 'live',
      role: 'owner',
      name: 'first live key',
      ...(given === undefined ? {} : { secret: given }),
    },
    { mode: 'test', role: 'owner', name: 'first test key' },
  ]);
  if (secrets === undefined) return undefined;
  const [live, test] = secrets;
  invariant(live !== undefined && test !== undefined, 'every key has a secret');
  return [live, test];
}

/** What the very first start has to show, once. */
export async function showFirstKeys(
  secrets: FirstSecrets,
  config: Config,
  url: string,
  { workspaces, links }: { readonly workspaces: WorkspaceStore; readonly links: SignInLinks },
): Promise<FirstKeys> {
  const [live, test] = secrets;
  const callers = await Promise.all(secrets.map((secret) => workspaces.findCaller(secret)));
  const keyIds = callers.filter((caller) => caller !== undefined).map(({ key }) => key.id);
  return {
    live: config.ATELIER_BOOTSTRAP_KEY === undefined ? live : undefined,
    test,
    // Whoever opens it sits at the machine that just showed the keys.
    signInLink: isLoopback(config.HOST) ? links.create(config.ATELIER_PUBLIC_URL ?? url, keyIds) : undefined,
  };
}
