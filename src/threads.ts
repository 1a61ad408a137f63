import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Piscina } from 'piscina';

/** A thread ends when it had nothing to do for so long. */
const IDLE_TIMEOUT_MS = 60_000;

/**
 * Opens threads that run the functions of one module. They start with the first task; idle ones don't hold the process.
 *
 * @param module the module's address, with the ending that the caller's own file has
 */
export function openThreads<Task, Answer>(
  module: URL,
  options: { readonly name: string; readonly maxThreads: number },
): Piscina<Task, Answer> {
  return new Piscina<Task, Answer>({
    filename: module.pathname.endsWith('.ts') ? bundleOf(module) : module.href,
    name: options.name,
    minThreads: 0,
    maxThreads: options.maxThreads,
    idleTimeout: IDLE_TIMEOUT_MS,
  });
}

const bundles = new Map<string, string>();

/** Once per process: sources don't change under a running one. */
function bundleOf(module: URL): string {
  const bundle = bundles.get(module.href) ?? makeBundle(module);
  bundles.set(module.href, bundle);
  return bundle;
}

/**
 * Run from TypeScript sources (tests, development), a thread would need a loader, which takes a second in each of them. A bundle
 * is made in a tenth of that, once.
 *
 * @returns its address; the name tells its content, so that processes on other sources don't meet
 */
function makeBundle(module: URL): string {
  const entry = fileURLToPath(module);
  const esbuild = createRequire(import.meta.url).resolve('esbuild/bin/esbuild');
  const code = execFileSync(
    esbuild,
    [entry, '--bundle', '--packages=external', '--platform=node', '--format=esm'],
    { maxBuffer: Infinity, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const folder = fileURLToPath(new URL('../.cache/threads/', import.meta.url));
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
  const file = path.join(folder, `${path.basename(entry, '.ts')}-${hash}.mjs`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const half = `${file}.${process.pid}`;
    writeFileSync(half, code);
    renameSync(half, file);
  }
  return pathToFileURL(file).href;
}
