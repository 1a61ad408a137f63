import type { Canvas } from '../canvas.js';
import { mix, rgb, type Rgb } from '../colour.js';
import type { Composition } from '../compose.js';
import type { Light } from '../light.js';
import { clouds, ridges, sample } from '../noise-tiles.js';
import type { Random } from '../random.js';
import { paintRelief, snowOn, type Relief } from './relief.js';

const grassBySeason = {
  spring: ['#95b45c', '#79994c'],
  summer: ['#86a050', '#64853f'],
  autumn: ['#b79a4e', '#8d7a3c'],
  winter: ['#a39a74', '#877f62'],
} as const;
const forestBySeason = {
  spring: ['#6f9a4c', '#4f7d42'],
  summer: ['#4a6d3c', '#38583a'],
  autumn: ['#b06a2c', '#8a5a2c'],
  winter: ['#5d6258', '#474f4c'],
} as const;

export function paintTerrain(canvas: Canvas, light: Light, composition: Composition, random: Random): void {
  const relief = reliefFor(light, composition, random);
  paintRelief(canvas, light, relief, composition.horizon * canvas.height, composition.sunX * canvas.width);
}

function reliefFor(light: Light, composition: Composition, random: Random): Relief {
  const ox = random.range(0, 512);
  const oz = random.range(0, 512);
  switch (composition.ground) {
    case 'canyon':
      return canyon(ox, oz);
    case 'desert':
      return dunes(light, ox, oz, random.range(0, 9));
    default:
      return country(light, composition, ox, oz, random);
  }
}

/** Fields, hills and mountains: near ground, a belt of hills, a range behind. */
function country(light: Light, composition: Composition, ox: number, oz: number, random: Random): Relief {
  const { backdrop, ground } = composition;
  const soft = clouds();
  const sharp = ridges();
  const grass = grassBySeason[light.season];
  const wood = forestBySeason[light.season];
  const bare: readonly [string, string] =
    ground === 'sand' ? ['#e3cd9c', '#cbb078'] : ground === 'rock' ? ['#8c857b', '#6b665f'] : grass;
  const meadow =
    light.snowy && ground !== 'sand'
      ? ([rgb('#e6ecf4'), rgb('#cdd8e6')] as const)
      : ([rgb(bare[0]), rgb(bare[1])] as const);
  const trees: readonly [Rgb, Rgb] = [rgb(wood[0]), rgb(wood[1])];
  const valley = random.range(-12, 12);
  const peak = composition.peak;
  const hills = backdrop === 'hills' || backdrop === 'mountains' || backdrop === 'fuji';
  const range = backdrop === 'mountains' ? 1 : 0;
  const flood = composition.water === 'none' ? 0 : 1;
  const fujiX = (peak - 0.5) * 90;
  const roughGround = ground === 'rock' ? 0.5 : 0.16;
  const height = (x: number, z: number): number => {
    let h = (sample(soft, x * 16 + ox, z * 16 + oz) - 0.5) * roughGround * Math.min(1, z / 12);
    if (flood === 1 && z > 12) h = Math.min(h, -0.05);
    if (hills && z > 34) {
      const belt = Math.min(1, (z - 34) / 22);
      h += belt * belt * (sample(soft, x * 2.6 + oz, z * 2.6 + ox) * 5.2 - 0.6 + Math.abs(x - valley) * 0.03);
    }
    if (range > 0 && z > 62) {
      const belt = Math.min(1, (z - 62) / 45);
      const rock = sample(sharp, x * 1.9 + ox, z * 1.9 + oz);
      const shoulder = 0.55 + 0.45 * Math.min(1, Math.abs(x - (peak - 0.5) * 40) / 60);
      h += belt * (rock * rock * 38 + sample(sharp, x * 7 + oz, z * 7) * 5) * (1.45 - shoulder * 0.75);
    }
    if (backdrop === 'fuji' && z > 80) {
      const away = Math.sqrt((x - fujiX) ** 2 + (z - 128) ** 2) / 88;
      if (away < 1.25) {
        const cone = Math.max(0, 1 - away) ** 2.3 * 74;
        h = Math.max(
          h,
          Math.min(cone, 52 - sample(sharp, x * 9, z * 9) * 1.5) +
            sample(sharp, x * 5 + ox, z * 5) * 2.6 * (1 - away * 0.7),
        );
      }
    }
    return h;
  };
  const snowLine =
    backdrop === 'fuji'
      ? light.season === 'summer'
        ? 34
        : 22
      : light.snowy
        ? -2
        : light.season === 'summer'
          ? 17
          : 12;
  return {
    height,
    far: 190,
    hazeReach: 120,
    colour: (h, steep, x, z) => {
      const mottle = sample(soft, x * 70 + oz, z * 42);
      if (z < 36) return mix(meadow[1], meadow[0], mottle * 1.5 - 0.25);
      const cover = sample(soft, x * 26, z * 26);
      if (z < 80) {
        const green = mix(trees[1], trees[0], cover * 1.7 - 0.35);
        return light.snowy
          ? mix(green, [228, 234, 242], Math.min(0.85, Math.max(0, mottle * 2 - 0.5)))
          : mix(green, meadow[0], Math.max(0, 0.5 - cover) * 1.6);
      }
      const rock = mix(rgb('#6a6768'), rgb('#8d8379'), mottle);
      const lower =
        h < 9 && !light.snowy && backdrop !== 'fuji'
          ? mix(trees[1], rock, Math.max(0, h / 9 + steep - 0.4))
          : backdrop === 'fuji'
            ? mix(rgb('#4f5c78'), rgb('#5b5560'), mottle)
            : rock;
      return snowOn(lower, h, steep * (backdrop === 'fuji' ? 0.3 : 0.9), snowLine, cover);
    },
  };
}

/** Layered red rock: a floor, terraced walls and far mesas. */
function canyon(ox: number, oz: number): Relief {
  const soft = clouds();
  const strata = ['#b5643a', '#d08a55', '#a04c2e', '#dca26b', '#8f4630', '#c9764a', '#e0b27e'].map(rgb);
  return {
    height: (x, z) => {
      const wander = Math.sin(z * 0.07 + ox) * 5;
      const wall = Math.max(0, Math.abs(x - wander) - 4.5 - z * 0.055);
      const shape = sample(soft, x * 4 + ox, z * 4 + oz) + sample(soft, x * 11 + oz, z * 11) * 0.3;
      const rise =
        Math.min(1, wall / 9) * Math.min(1, z / 14) * (shape * 15) +
        Math.max(0, shape - 0.78) * 40 * Math.min(1, Math.max(0, z - 40) / 40);
      const level = Math.floor(rise / 1.9);
      const within = rise / 1.9 - level;
      return (level + Math.min(1, within ** 3 * 1.2)) * 1.9;
    },
    far: 190,
    hazeReach: 105,
    colour: (h, steep, x, z) => {
      if (h < 0.7 && steep < 0.3) return mix(rgb('#b98a58'), rgb('#cf9f6b'), sample(soft, x * 40, z * 40));
      const layer = h * 1.1 + sample(soft, x * 6, z * 6) * 0.9;
      const index = Math.floor(layer);
      const from = strata[((index % 7) + 7) % 7] ?? [180, 110, 70];
      const to = strata[(((index + 1) % 7) + 7) % 7] ?? from;
      return mix(from, to, (layer - index) ** 4);
    },
  };
}

/** Dunes: long crests with a gentle windward and a steep lee side. */
function dunes(light: Light, ox: number, oz: number, phase: number): Relief {
  const soft = clouds();
  const sand: readonly [Rgb, Rgb] = light.snowy
    ? [rgb('#eef2f7'), rgb('#d5dfec')]
    : [rgb('#e3b478'), rgb('#c48f55')];
  return {
    height: (x, z) => {
      const warp = sample(soft, x * 1.3 + ox, z * 1.3 + oz) * 9;
      const run = (z * 0.16 + x * 0.05 + warp * 0.55 + phase) % 1.6;
      const t = (run < 0 ? run + 1.6 : run) / 1.6;
      const crest = t < 0.72 ? (t / 0.72) ** 1.6 : ((1 - t) / 0.28) ** 1.2;
      const size = 0.25 + sample(soft, x * 0.9 + oz, z * 0.9) * 0.9;
      return crest * size * Math.min(5.5, z * 0.09) - 0.1;
    },
    far: 150,
    hazeReach: 110,
    colour: (_h, _steep, x, z) => {
      const ripple = Math.sin(z * 26 + sample(soft, x * 12, z * 12) * 26) * 0.5 + 0.5;
      return mix(
        sand[1],
        sand[0],
        0.5 + (ripple - 0.5) * Math.max(0, 0.8 - z / 16) + (sample(soft, x * 30, z * 30) - 0.5) * 0.5,
      );
    },
  };
}
