import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const SRC = path.resolve(import.meta.dirname, '../src');

interface Layer {
  readonly title: string;
  readonly folders: readonly string[];
}

/** Folders of `src` from the callers down; imports go down or stay. */
const LAYERS: readonly Layer[] = [
  { title: 'Ways in', folders: ['http', 'mcp', 'cli', 'doctor'] },
  { title: 'Work that waits', folders: ['comparisons', 'jobs'] },
  { title: 'The heart', folders: ['images'] },
  {
    title: 'What a picture takes',
    folders: ['catalogue', 'providers', 'prompts', 'routing', 'pixels', 'painter', 'provenance', 'net'],
  },
  {
    title: 'What is kept and counted',
    folders: ['workspaces', 'limits', 'credits', 'files', 'usage', 'webhooks', 'backup'],
  },
  { title: 'Ground', folders: ['db', 'config'] },
];
/** They use each other, and stand side by side. */
const SAME_HEIGHT = new Set(['What a picture takes', 'What is kept and counted']);
/** Counts and traces what all others do, and looks at them. */
const BESIDE = 'telemetry';
/** Puts all others together, and stands nowhere among them. */
const WIRING = 'server';

const STEPS = ['request', 'plan', 'hold', 'dispatch', 'receive', 'finish', 'settle', 'deliver'];

const WIDTH = 1080;
const LEFT = 160;
const RIGHT = 900;
const BOX_HEIGHT = 34;
const LAYER_HEIGHT = 74;

/**
 * The picture of `docs/architecture.md`, drawn from the folders that there are.
 * @throws Error when an import goes up, which would make the picture a lie
 */
export function architectureDiagram(): string {
  const folders = readdirSync(SRC).filter((name) => statSync(path.join(SRC, name)).isDirectory());
  const placed = new Set([...LAYERS.flatMap((layer) => layer.folders), BESIDE, WIRING]);
  const fresh = folders.filter((name) => !placed.has(name));
  const layers = LAYERS.map((layer) => ({
    ...layer,
    folders: [
      ...layer.folders.filter((name) => folders.includes(name)),
      ...(layer.title === 'What is kept and counted' ? fresh : []),
    ],
  }));
  requireDownward(layers);

  let y = 120;
  const parts: string[] = [];
  for (const layer of layers) {
    const heart = layer.title === 'The heart';
    const height = heart ? LAYER_HEIGHT + 34 : LAYER_HEIGHT;
    parts.push(label(LEFT + 14, y + 20, layer.title));
    if (heart) parts.push(...heartBoxes(y + 30));
    else parts.push(...row(layer.folders, LEFT + 14, RIGHT - 14, y + 30, 'folder'));
    y += height;
  }
  const bottom = y + 10;
  const frame = `<rect class="frame" x="${LEFT}" y="100" width="${RIGHT - LEFT}" height="${bottom - 100}" rx="12"/>`;
  const heartY = 120 + 2 * LAYER_HEIGHT + 46;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 110}" width="${WIDTH}" height="${bottom + 110}" role="img" aria-label="The parts of Atelier">`,
    STYLE,
    row(['Programs', 'Agents', 'Command line', 'Browsers'], LEFT, RIGHT, 24, 'outside').join(''),
    ...[0, 1, 2, 3].map((index) => arrow(column(index, 4), 58, column(index, 4), 98)),
    frame,
    ...parts,
    ...beside(120, bottom),
    ...upstream(heartY),
    row(['SQLite or PostgreSQL', 'Disk or S3', 'Memory or Redis'], LEFT, RIGHT, bottom + 54, 'outside').join(
      '',
    ),
    ...[0, 1, 2].map((index) => arrow(column(index, 3), bottom, column(index, 3), bottom + 52)),
    '</svg>',
    '',
  ].join('\n');
}

function heartBoxes(y: number): readonly string[] {
  return [
    `<rect class="heart" x="${LEFT + 14}" y="${y}" width="${RIGHT - LEFT - 28}" height="${BOX_HEIGHT + 30}" rx="7"/>`,
    text((LEFT + RIGHT) / 2, y + 22, 'images', 'name'),
    text((LEFT + RIGHT) / 2, y + 46, STEPS.join('  →  '), 'small'),
  ];
}

/** Telemetry, at the left of the rest. */
function beside(top: number, bottom: number): readonly string[] {
  const y = (top + bottom) / 2 - 20;
  return [
    ...row([BESIDE], 16, 120, y, 'folder'),
    text(68, y + 56, 'logs, metrics', 'small'),
    arrow(LEFT, y + 17, 123, y + 17),
  ];
}

/** Where pictures are made, at the right. */
function upstream(y: number): readonly string[] {
  const names = ['Providers', 'Your own servers', 'Emulators'];
  return names.flatMap((name, index) => [
    ...row([name], 948, 1070, y - 46 + index * 60, 'outside'),
    arrow(RIGHT, y + 14, 944, y - 29 + index * 60),
  ]);
}

function row(
  names: readonly string[],
  left: number,
  right: number,
  y: number,
  kind: string,
): readonly string[] {
  const gap = 8;
  const width = (right - left - gap * (names.length - 1)) / names.length;
  return names.map((name, index) => {
    const x = left + index * (width + gap);
    return (
      `<rect class="${kind}" x="${round(x)}" y="${y}" width="${round(width)}" height="${BOX_HEIGHT}" rx="7"/>` +
      text(x + width / 2, y + 22, name, name.length * 8 > width - 8 ? 'small name' : 'name')
    );
  });
}

function column(index: number, of: number): number {
  return LEFT + ((RIGHT - LEFT) * (index + 0.5)) / of;
}

function label(x: number, y: number, title: string): string {
  return `<text class="label" x="${x}" y="${y}">${title}</text>`;
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${round(x)}" y="${y}" text-anchor="middle">${content}</text>`;
}

function arrow(x1: number, y1: number, x2: number, y2: number): string {
  return `<path class="arrow" d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}" marker-end="url(#tip)"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const STYLE = `<style>
:root{color-scheme:light dark;--ink:#211e1a;--soft:#645d53;--line:#8d8577;--sheet:#fffdf9;--well:#f6f3ed;--seal:#ab3718;--wash:#f7e6de}
@media (prefers-color-scheme:dark){:root{--ink:#ede7dd;--soft:#aba296;--line:#7d7569;--sheet:#1f1c19;--well:#161412;--seal:#ef8361;--wash:#3a211a}}
svg{background:var(--well)}
text{font-family:'Instrument Sans Variable','Noto Sans',system-ui,sans-serif;font-size:15px;fill:var(--ink)}
.small{font-size:13px;fill:var(--soft)}.label{font-size:13px;fill:var(--soft)}.small.name{fill:var(--ink);font-size:12.5px}
.frame{fill:none;stroke:var(--line);stroke-dasharray:4 4}
.folder{fill:var(--sheet);stroke:var(--line)}.outside{fill:none;stroke:var(--line)}.heart{fill:var(--wash);stroke:var(--seal)}
.arrow{stroke:var(--line);fill:none}.tip{fill:var(--line)}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>`;

function requireDownward(layers: readonly Layer[]): void {
  const height = new Map<string, number>();
  let current = 0;
  for (const [index, layer] of layers.entries()) {
    const beforeTitle = layers[index - 1]?.title ?? '';
    if (!(SAME_HEIGHT.has(layer.title) && SAME_HEIGHT.has(beforeTitle))) current += 1;
    for (const name of layer.folders) height.set(name, current);
  }
  for (const [from, to] of listImports()) {
    const [above, below] = [height.get(from), height.get(to)];
    if (above === undefined || below === undefined || above <= below) continue;
    throw new Error(
      `src/${from} imports src/${to}, which stands above it: move it in scripts/architecture-diagram.ts`,
    );
  }
}

/** Folders and those that they import from; tests don't count. */
function listImports(): readonly (readonly [from: string, to: string])[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file.includes(path.sep),
  );
  return files.flatMap((file) => {
    const [from = ''] = file.split(path.sep);
    const code = readFileSync(path.join(SRC, file), 'utf8');
    return [...code.matchAll(/from '(\.[^']+)'/g)].flatMap(([, target = '']) => {
      const [to = '', ...below] = path.normalize(path.join(path.dirname(file), target)).split(path.sep);
      return below.length === 0 ? [] : [[from, to] as const];
    });
  });
}
