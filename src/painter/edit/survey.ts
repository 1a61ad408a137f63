import type { Canvas } from '../canvas.js';
import type { Rgb } from '../colour.js';
import { blurPlane, type Plane } from '../styles/planes.js';
import { buildGrid, colourStep, dropPatches, flood, floodFrom, ramp, startFlood, type Grid } from './grid.js';
import { createRefiner, enlarge, RowSampler } from './spread.js';

/** What an edit must know of a picture. Regions run from 0 to 1 per pixel. */
export interface Survey {
  readonly grid: Grid;
  readonly luma: Plane;
  readonly sky: Plane;
  readonly ground: Plane;
  readonly water: Plane;
  readonly foliage: Plane;
  /** Lamps, lit windows, signs: what gives light of its own. */
  readonly glow: Plane;
  /** Row where the sky ends, in pixels. */
  readonly horizon: number;
  readonly hasSky: boolean;
  /** Mean colour of everything that isn't sky. */
  readonly mean: Rgb;
}

/** Judges any picture by simple rules; where nothing is found regions are empty, and the horizon lies in the middle. */
export function surveyPicture(canvas: Canvas): Survey {
  const { width, height } = canvas;
  const { grid, luma } = buildGrid(canvas);
  const sky = findSky(grid);
  const share = sky.reduce((sum, value) => sum + value, 0) / sky.length;
  // A flat sheet is no sky, and a few smooth cells at the rim aren't either.
  const hasSky = share > 0.03 && share < 0.8;
  if (!hasSky) sky.fill(0);
  const horizonRow = hasSky ? lowestSky(grid, sky) : Math.round(grid.rows * 0.45);
  const mean = meanWhere(grid, sky, (value) => value <= 0.5) ?? [128, 128, 128];
  const green = greenness(grid, sky, mean);
  const soft = soften(grid);
  const soil = findGround(soft, sky, green, horizonRow);
  const water = findWater(grid, soft, sky, green, horizonRow);
  dropPatches(grid, water, 0.01, (lowest) => lowest > horizonRow + (grid.rows - horizonRow) * 0.3);
  const ground = soil.map((value, index) => value * (1 - (water[index] ?? 0)));
  dropPatches(grid, ground, 0.012, () => true);
  const refine = createRefiner(grid, luma, width, height);
  return {
    grid,
    luma,
    sky: refine(sky),
    ground: refine(ground),
    water: refine(water),
    foliage: enlarge(green, grid, width, height),
    glow: findGlow(canvas, luma, sky, grid),
    horizon: Math.min(height - 1, horizonRow * grid.cell),
    hasSky,
    mean,
  };
}

/** The same cells, each in the mean colour of its surroundings. */
function soften(grid: Grid): Grid {
  const { columns, rows, cell, luma, texture } = grid;
  return {
    columns,
    rows,
    cell,
    red: blurPlane(grid.red, columns, rows, 2),
    green: blurPlane(grid.green, columns, rows, 2),
    blue: blurPlane(grid.blue, columns, rows, 2),
    luma,
    texture,
  };
}

/** The smooth region that hangs from the upper border and isn't green. */
function findSky(grid: Grid): Plane {
  const { columns, rows } = grid;
  const lowest = Math.round(rows * 0.82) * columns;
  const skyLike = (index: number): boolean => {
    const red = grid.red[index] ?? 0;
    const green = grid.green[index] ?? 0;
    const blue = grid.blue[index] ?? 0;
    const leafy = green > blue * 1.08 && green > red * 1.02;
    const earthy = red > blue * 1.7 && (grid.luma[index] ?? 0) < 120;
    return !leafy && !earthy && (grid.texture[index] ?? 0) < 11;
  };
  const seeds: number[] = [];
  for (let x = 0; x < columns; x++) {
    if (skyLike(x)) seeds.push(x);
  }
  const joins = (to: number, from: number): boolean =>
    to < lowest && skyLike(to) && colourStep(grid, to, from) < 13;
  const sky = brightPatches(grid, seeds, joins);
  fillSun(grid, sky);
  return sky;
}

/** Of the patches along the upper border, those that aren't much darker than the brightest large one: walls are. */
function brightPatches(
  grid: Grid,
  seeds: readonly number[],
  joins: (to: number, from: number) => boolean,
): Plane {
  const patches: { readonly cells: Int32Array; readonly luma: number }[] = [];
  const state = startFlood(grid);
  for (const seed of seeds) {
    if (state.seen[seed] === 1) continue;
    const cells = floodFrom(grid, [seed], joins, state).slice();
    const luma = cells.reduce((sum, index) => sum + (grid.luma[index] ?? 0), 0);
    patches.push({ cells, luma: luma / cells.length });
  }
  const large = patches.filter((patch) => patch.cells.length > grid.luma.length * 0.02);
  const brightest = Math.max(0, ...large.map((patch) => patch.luma));
  const sky = new Float32Array(grid.luma.length);
  for (const patch of patches) {
    if (patch.luma < brightest * 0.5 || patch.cells.length < grid.luma.length * 0.003) continue;
    for (const index of patch.cells) sky[index] = 1;
  }
  return sky;
}

/** A white disc surrounded by sky belongs to it; a lamp or a building, being coloured or dark, doesn't. */
function fillSun(grid: Grid, sky: Plane): void {
  for (let pass = 0; pass < 14; pass++) {
    for (let index = grid.columns; index < sky.length - grid.columns; index++) {
      if (sky[index] !== 0 || (grid.luma[index] ?? 0) < 205) continue;
      const most = Math.max(grid.red[index] ?? 0, grid.green[index] ?? 0, grid.blue[index] ?? 0);
      const least = Math.min(grid.red[index] ?? 0, grid.green[index] ?? 0, grid.blue[index] ?? 0);
      const beside =
        (sky[index - 1] ?? 0) +
        (sky[index + 1] ?? 0) +
        (sky[index - grid.columns] ?? 0) +
        (sky[index + grid.columns] ?? 0);
      if (beside >= 2 && most - least < 60) sky[index] = 1;
    }
  }
}

/** The row that nine tenths of the columns' skies end above. */
function lowestSky(grid: Grid, sky: Plane): number {
  const ends: number[] = [];
  for (let x = 0; x < grid.columns; x++) {
    let end = 0;
    for (let y = 0; y < grid.rows; y++) if ((sky[y * grid.columns + x] ?? 0) > 0.5) end = y + 1;
    if (end > 0) ends.push(end);
  }
  ends.sort((one, other) => one - other);
  return Math.max(2, ends[Math.floor(ends.length * 0.9)] ?? grid.rows * 0.45);
}

/** How green a cell is beside the rest of the picture, so that leaves are found in coloured light too. */
function greenness(grid: Grid, sky: Plane, mean: Rgb): Plane {
  const level = (mean[0] + mean[1] + mean[2]) / 3;
  const even = (part: number): number => Math.min(2, Math.max(0.6, (level / Math.max(8, part)) ** 0.55));
  const [byRed, byGreen, byBlue] = [even(mean[0]), even(mean[1]), even(mean[2])];
  const green = grid.green.map((value, index) => {
    const red = (grid.red[index] ?? 0) * byRed;
    const blue = (grid.blue[index] ?? 0) * byBlue;
    const here = value * Math.max(byGreen, 0.85);
    const excess = (here - red * 0.55 - blue * 0.45) / Math.max(14, here);
    const cool = ramp(red - here, 6, 26);
    return ramp(excess, 0.06, 0.24) * (1 - cool) * (1 - (sky[index] ?? 0));
  });
  return blurPlane(green, grid.columns, grid.rows, 1);
}

/** What lies along the lower border from both corners, and the green below the horizon. */
function findGround(soft: Grid, sky: Plane, green: Plane, horizonRow: number): Plane {
  const { columns, rows } = soft;
  const highest = Math.round(horizonRow * 0.96) * columns;
  // Fur, skin, brick and lacquer are warm and strong; soil, sand and stone aren't.
  const earthLike = (index: number): boolean => {
    const red = soft.red[index] ?? 0;
    const blue = soft.blue[index] ?? 0;
    return red - blue < 34 + 0.28 * red || (soft.green[index] ?? 0) > red;
  };
  const seeds: number[] = [];
  const last = (rows - 1) * columns;
  for (let x = 0; x < columns; x++) {
    const corner = x < columns * 0.22 || x > columns * 0.78;
    if (corner && earthLike(last + x) && (sky[last + x] ?? 0) < 0.5) seeds.push(last + x);
  }
  const ground = flood(
    soft,
    seeds,
    (to, from) =>
      to > highest &&
      (sky[to] ?? 0) < 0.5 &&
      earthLike(to) &&
      colourStep(soft, to, from) < 5 &&
      colourStep(soft, to, last + (to % columns)) < 70,
  );
  for (let index = highest; index < ground.length; index++) {
    const below = ramp(index / columns, horizonRow - 2, horizonRow + rows * 0.12);
    ground[index] = Math.max(ground[index] ?? 0, ramp(green[index] ?? 0, 0.25, 0.6) * below);
  }
  return blurPlane(ground, columns, rows, 1);
}

/** Below the horizon, smooth, without growth, and of the sky's own colour and brightness: it mirrors the sky. */
function findWater(grid: Grid, soft: Grid, sky: Plane, green: Plane, horizonRow: number): Plane {
  const { columns, rows } = grid;
  const water = new Float32Array(columns * rows);
  const above = meanWhere(grid, sky, (value) => value > 0.5);
  if (above === undefined) return water;
  const total = above[0] + above[1] + above[2];
  for (let y = Math.floor(horizonRow); y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const index = y * columns + x;
      const red = soft.red[index] ?? 0;
      const green = soft.green[index] ?? 0;
      const blue = soft.blue[index] ?? 0;
      const sum = Math.max(1, red + green + blue);
      const away = Math.sqrt(
        (red / sum - above[0] / total) ** 2 +
          (green / sum - above[1] / total) ** 2 +
          (blue / sum - above[2] / total) ** 2,
      );
      const bright = ramp(sum / total, 0.6, 0.78);
      const smooth = 1 - ramp(grid.texture[index] ?? 0, 9, 15);
      water[index] = (1 - ramp(away, 0.075, 0.13)) * bright * smooth;
    }
  }
  return blurPlane(water, columns, rows, 2).map((value, index) =>
    index < horizonRow * columns ? 0 : ramp(value, 0.3, 0.6) * (1 - ramp(green[index] ?? 0, 0.12, 0.4)),
  );
}

function meanWhere(grid: Grid, region: Plane, takes: (value: number) => boolean): Rgb | undefined {
  let [red, green, blue, count] = [0, 0, 0, 0];
  for (let index = 0; index < region.length; index++) {
    if (!takes(region[index] ?? 0)) continue;
    red += grid.red[index] ?? 0;
    green += grid.green[index] ?? 0;
    blue += grid.blue[index] ?? 0;
    count += 1;
  }
  return count === 0 ? undefined : [red / count, green / count, blue / count];
}

/** Bright, warm or strongly coloured, and brighter than what is around. */
function findGlow(canvas: Canvas, luma: Plane, sky: Plane, grid: Grid): Plane {
  const { width, height, data, unit } = canvas;
  const wide = Math.max(2, (90 * unit) / grid.cell);
  const broad = new RowSampler(blurPlane(grid.luma, grid.columns, grid.rows, wide), grid, width);
  const glow = new Float32Array(luma.length);
  for (let y = 0, index = 0; y < height; y++) {
    const around = broad.row(y);
    const row = ((y / grid.cell) | 0) * grid.columns;
    for (let x = 0; x < width; x++, index++) {
      const bright = luma[index] ?? 0;
      if (bright < 110) continue;
      const stands = ramp(bright - (around[x] ?? 0), 22, 60) * (1 - (sky[row + ((x / grid.cell) | 0)] ?? 0));
      if (stands <= 0) continue;
      const red = data[index * 4] ?? 0;
      const green = data[index * 4 + 1] ?? 0;
      const blue = data[index * 4 + 2] ?? 0;
      const warm = ramp(red - blue, 40, 95) * (red >= green ? 1 : 0.3);
      const strong = ramp(Math.max(red, green, blue) - Math.min(red, green, blue), 130, 200);
      glow[index] = Math.max(warm * ramp(bright, 125, 175), strong * ramp(bright, 140, 185)) * stands;
    }
  }
  dropSpecks(glow, grid, width, height);
  return glow;
}

/** Petals and glints shine in single pixels; lamps fill their neighbourhood. */
function dropSpecks(glow: Plane, grid: Grid, width: number, height: number): void {
  const { columns, rows, cell } = grid;
  const coarse = new Float32Array(columns * rows);
  const share = 1 / (cell * cell);
  for (let y = 0, index = 0; y < height; y++) {
    const row = ((y / cell) | 0) * columns;
    for (let x = 0; x < width; x++, index++) {
      const value = glow[index] ?? 0;
      if (value === 0) continue;
      const to = row + ((x / cell) | 0);
      coarse[to] = (coarse[to] ?? 0) + value * share;
    }
  }
  const dense = blurPlane(coarse, columns, rows, 1).map((value) => ramp(value, 0.2, 0.45));
  for (let y = 0, index = 0; y < height; y++) {
    const row = ((y / cell) | 0) * columns;
    for (let x = 0; x < width; x++, index++) {
      const value = glow[index] ?? 0;
      if (value > 0) glow[index] = value * (dense[row + ((x / cell) | 0)] ?? 0);
    }
  }
}
