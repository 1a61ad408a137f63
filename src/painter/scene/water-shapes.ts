import { clouds, sample } from '../noise-tiles.js';
import { randomFor, type Stage } from './stage.js';
import type { WaterBody } from './water.js';

/** The outline of a scene's water. Lakes and seas reach across; ponds and rivers have banks. */
export function waterBody(stage: Stage): WaterBody | undefined {
  const { composition, canvas, understood, horizon } = stage;
  const { width, height, unit } = canvas;
  if (composition.water === 'none') return undefined;
  const tile = clouds();
  const offset = randomFor(stage, 'shoreline').range(0, 512);
  const room = height - horizon;
  const windy =
    understood.weather.includes('windy') ||
    understood.weather.includes('storm') ||
    understood.weather.includes('rain');
  const rough = windy ? 0.9 : composition.water === 'sea' ? 0.6 : composition.water === 'river' ? 0.35 : 0.14;
  const soft = 2.5 * unit;
  const near = (x: number, from: number, wobble: number): number =>
    from + (sample(tile, (x / unit) * 0.16 + offset, offset) - 0.5) * wobble * unit;
  const edge = (distance: number): number => Math.min(1, Math.max(0, distance / soft + 0.5));
  switch (composition.water) {
    case 'sea': {
      const beach = composition.ground === 'sand';
      const side = composition.side;
      return {
        top: horizon,
        bottom: height,
        rough,
        horizon,
        coverage: (x, y) =>
          beach
            ? edge(
                horizon +
                  room * (0.62 + side * (x / width - 0.5) * 0.5) +
                  (sample(tile, (x / unit) * 0.2 + offset, offset) - 0.5) * 60 * unit -
                  y,
              )
            : 1,
      };
    }
    case 'lake': {
      const top = horizon + Math.min(room * 0.06, 22 * unit);
      return {
        top,
        bottom: height,
        rough,
        horizon,
        coverage: (x, y) =>
          edge(y - top) *
          edge(near(x, height - room * 0.1 + composition.side * (x / width - 0.5) * room * 0.35, 130) - y),
      };
    }
    case 'pond': {
      const top = horizon + room * 0.14;
      return {
        top,
        bottom: height,
        rough,
        horizon,
        coverage: (x, y) =>
          edge(y - near(x, top, 26)) *
          edge(near(x, height - room * 0.1 - Math.abs(x / width - 0.5) ** 2 * room * 0.5, 150) - y),
      };
    }
    case 'river': {
      const top = horizon + room * 0.1;
      const bend = composition.side;
      return {
        top,
        bottom: height,
        rough,
        horizon,
        coverage: (x, y) => {
          const t = (y - top) / (height - top);
          if (t < 0) return 0;
          const middle = width * (0.5 + bend * 0.07 * Math.sin(t * 5.5) * (1 - t * 0.3));
          const half =
            width * (0.2 + 0.3 * t ** 1.25) +
            (sample(tile, offset, (y / unit) * 0.4) - 0.5) * 90 * unit * (0.3 + t);
          return edge(half - Math.abs(x - middle)) * edge(y - top);
        },
      };
    }
  }
}
