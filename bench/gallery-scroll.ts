/**
 * Scrolls through a gallery of 10,000 pictures in headless Chromium: `npx tsx bench/gallery-scroll.ts [--pictures 10000]
 * [--step 200]`, pixels per
 * frame. `npm run build` first. A few pictures are made and their previews rendered by
 * the built server; their records are then copied, so that every picture of the list has a record and a link of its own and the
 * browser has to fetch and decode each. Frames are told by the browser (`requestAnimationFrame`), so are tasks of more than 50 ms and the
 * processor time of the page’s main thread, which does not depend on what else the machine does.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Sqlite from 'better-sqlite3';
import type { CDPSession, Page } from 'playwright-core';
import { z } from 'zod';
import { launchBrowser, signIn } from '../test/support/browser.js';
import { startBuiltServer, type BuiltServer } from '../test/support/built-server.js';

const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '10000' },
    step: { type: 'string', default: '200' },
  },
});
const count = Number(values.pictures);
const pixelsPerFrame = Number(values.step);

const THINGS = ['pear', 'fox', 'lighthouse', 'boat', 'lamp', 'house', 'tree', 'cup'];
const SIZES = ['768x512', '512x768', '768x768'];
const SECOND_MS = 1000;
/** Between two pictures of the list, so that there are many days. */
const APART_MS = 97 * SECOND_MS;

const pageSchema = z.object({
  data: z.array(z.object({ id: z.string(), previews: z.array(z.object({ url: z.string() })) })),
});

/** Makes the pictures that all others are copies of, with their previews. */
async function makeOriginals({ url, liveKey }: BuiltServer): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${liveKey}`, 'content-type': 'application/json' };
  for (const [place, thing] of THINGS.entries()) {
    for (const size of SIZES) {
      const body = JSON.stringify({
        model: 'atelier-sketch',
        prompt: `a flat icon of a ${thing}`,
        size,
        seed: place + 1,
        response_format: 'url',
      });
      const answer = await fetch(`${url}/v1/images/generations`, { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(await answer.text());
    }
  }
  const listed = pageSchema.parse(await (await fetch(`${url}/v1/images?limit=100`, { headers })).json());
  for (const { previews } of listed.data) {
    for (const preview of previews) {
      const answer = await fetch(preview.url);
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`a preview was answered with ${answer.status}`);
    }
  }
  return listed.data.map(({ id }) => id);
}

/** Copies records until there are so many pictures, ever older ones. */
function copyRecords(file: string, originals: readonly string[], wanted: number): void {
  const db = new Sqlite(file, { timeout: 10_000 });
  const columns = (table: string) =>
    z
      .array(z.object({ name: z.string() }))
      .parse(db.pragma(`table_info(${table})`))
      .map(({ name }) => name);
  const copy = (table: string, key: string, given: readonly string[]) => {
    const names = columns(table);
    const selected = names.map((name) => (given.includes(name) ? `@${name}` : name));
    return db.prepare(
      `insert into ${table} (${names.join(', ')}) select ${selected.join(', ')} from ${table} where ${key} = @original`,
    );
  };
  const generations = copy('generations', 'id', ['id', 'created_at']);
  const images = copy('images', 'id', ['id', 'generation_id', 'created_at']);
  const previews = copy('image_previews', 'image_id', ['image_id']);
  const generationOf = db.prepare('select generation_id from images where id = ?').pluck();
  const generationIds = originals.map((id) => z.string().parse(generationOf.get(id)));
  const now = Date.now();
  db.transaction(() => {
    for (let index = originals.length; index < wanted; index += 1) {
      const [place, name] = [index % originals.length, String(index).padStart(24, '0')];
      const [image, generation, created_at] = [`img_${name}`, `gen_${name}`, now - index * APART_MS];
      generations.run({ original: generationIds[place], id: generation, created_at });
      images.run({ original: originals[place], id: image, generation_id: generation, created_at });
      previews.run({ original: originals[place], image_id: image });
    }
  })();
  db.close();
}

const scrolledSchema = z.object({
  frames: z.array(z.number()),
  longTasks: z.array(z.number()),
  height: z.number(),
  tiles: z.number(),
  nodes: z.number(),
});

/** Scrolls evenly to the end of the list; all in the page, so that nothing of the driver takes part. */
async function scrollThrough(page: Page): Promise<z.output<typeof scrolledSchema>> {
  return scrolledSchema.parse(
    await page.evaluate(`(async () => {
      const scroller = document.getElementById('screen');
      const longTasks = [];
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) longTasks.push(entry.duration);
      });
      observer.observe({ type: 'longtask' });
      const frames = [];
      const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      let before = await nextFrame();
      let [place, tiles, done] = [0, 0, false];
      while (!done) {
        const now = await nextFrame();
        frames.push(now - before);
        const end = scroller.scrollHeight - scroller.clientHeight;
        place = Math.min(place + ${pixelsPerFrame}, end);
        scroller.scrollTop = place;
        before = now;
        if (frames.length % 60 !== 0) continue;
        tiles = Math.max(tiles, document.querySelectorAll('[data-picture]').length);
        done = place >= end && scroller.textContent.includes('These are all.');
      }
      observer.disconnect();
      return { frames, longTasks, height: scroller.scrollHeight, tiles, nodes: document.getElementsByTagName('*').length };
    })()`),
  );
}

/** Processor time of the page's main thread so far. */
async function mainThreadSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
}

function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

const folder = mkdtempSync(path.join(tmpdir(), 'atelier-gallery-'));
const dataFolder = path.join(folder, 'data');
const [server, browser] = await Promise.all([
  startBuiltServer({ ATELIER_DATA_DIR: dataFolder }),
  launchBrowser(),
]);
try {
  const originals = await makeOriginals(server);
  copyRecords(path.join(dataFolder, 'atelier.sqlite'), originals, count);
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(server.url);
  await signIn(page, server.liveKey);

  const network = await page.context().newCDPSession(page);
  let bytes = 0;
  network.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await network.send('Network.enable');
  await network.send('Network.setCacheDisabled', { cacheDisabled: true });
  const begun = performance.now();
  await page.goto(`${server.url}/gallery`);
  await page.locator('[data-picture] img').first().waitFor();
  await page.waitForLoadState('networkidle');
  const kilobytes = Math.round(bytes / 1000);
  const firstPaintMs = z
    .number()
    .parse(
      await page.evaluate(
        "performance.getEntriesByType('paint').find(({ name }) => name === 'first-contentful-paint')?.startTime ?? 0",
      ),
    );
  const idleMs = performance.now() - begun;

  await network.send('Network.setCacheDisabled', { cacheDisabled: false });
  await network.send('Performance.enable', { timeDomain: 'threadTicks' });
  const cpuBefore = await mainThreadSeconds(network);
  const scrollBegun = performance.now();
  const { frames, longTasks, height, tiles, nodes } = await scrollThrough(page);
  const seconds = (performance.now() - scrollBegun) / SECOND_MS;
  const cpuMs = ((await mainThreadSeconds(network)) - cpuBefore) * SECOND_MS;
  await network.send('HeapProfiler.collectGarbage');
  const { usedSize } = await network.send('Runtime.getHeapUsage');
  const sorted = [...frames].sort((a, b) => a - b);
  const round = (value: number) => Math.round(value * 10) / 10;
  process.stdout.write(
    `${JSON.stringify(
      {
        pictures: count,
        machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? ''}, load ${loadavg().map(round).join(' ')}`,
        firstLoad: {
          firstPaintMs: round(firstPaintMs),
          allInSightMs: round(idleMs),
          kilobytes,
        },
        scroll: {
          seconds: round(seconds),
          pixels: height,
          frames: frames.length,
          p50Ms: round(percentile(sorted, 0.5)),
          p95Ms: round(percentile(sorted, 0.95)),
          p99Ms: round(percentile(sorted, 0.99)),
          longestMs: round(sorted.at(-1) ?? 0),
          longTasks: longTasks.length,
          longestTaskMs: round(Math.max(0, ...longTasks)),
          mainThreadMsPerFrame: round(cpuMs / frames.length),
        },
        inThePage: { tilesAtMost: tiles, nodes, heapMib: round(usedSize / 1024 / 1024) },
      },
      null,
      2,
    )}\n`,
  );
} finally {
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
