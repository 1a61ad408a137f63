import type { SubjectKind } from '../vocabulary/subjects.js';
import { rowboat, sailboat, ship, swan } from './boats.js';
import { stoneBridge, suspensionBridge, woodenBridge } from './bridges.js';
import { church, house, skyscraper, temple, tower } from './buildings-more.js';
import { castle, cottage, lighthouse, pagoda, torii, windmill } from './buildings.js';
import { airplane, balloon, paperLantern, streetLantern } from './lights-and-flyers.js';
import { bird, butterfly, eagle, person, robot } from './figures.js';
import type { Sketch } from './sketch.js';
import { fish, whale } from './swimmers.js';
import { bicycle, car, rocket, train } from './vehicles.js';
import { cow, deer, elephant, horse, penguin, sheep } from './walkers.js';
import { apple, candle, fruit, lamp } from './fruit-and-candles.js';
import { flower, vase } from './flowers.js';
import { bottle, shoe } from './products.js';
import { book, cup, teapot } from './still-objects.js';

interface Drawing {
  readonly draw: (sketch: Sketch) => string;
  /** Shaded things turn their light side to the sun; others look where the composition says. */
  readonly facing: 'sun' | 'free';
  /** Half the width of the shadow at the foot, relative to the height. */
  readonly footing: number;
}

function shaded(draw: (sketch: Sketch) => string, footing: number): Drawing {
  return { draw, facing: 'sun', footing };
}

function free(draw: (sketch: Sketch) => string, footing: number): Drawing {
  return { draw, facing: 'free', footing };
}

const drawings: Readonly<Partial<Record<SubjectKind, Drawing>>> = {
  lighthouse: shaded(lighthouse, 0.15),
  pagoda: shaded(pagoda, 0.35),
  cottage: shaded(cottage, 0.55),
  castle: shaded(castle, 0.6),
  windmill: shaded(windmill, 0.22),
  torii: shaded(torii, 0.4),
  house: shaded(house, 0.5),
  church: shaded(church, 0.45),
  temple: shaded(temple, 0.58),
  tower: shaded(tower, 0.16),
  skyscraper: shaded(skyscraper, 0.2),
  'stone-bridge': shaded(stoneBridge, 0),
  'wooden-bridge': shaded(woodenBridge, 0),
  'suspension-bridge': shaded(suspensionBridge, 0),
  sailboat: free(sailboat, 0.3),
  rowboat: free(rowboat, 0.9),
  ship: free(ship, 0.5),
  swan: free(swan, 0.6),
  'paper-lantern': shaded(paperLantern, 0),
  'street-lantern': shaded(streetLantern, 0.06),
  balloon: shaded(balloon, 0),
  airplane: free(airplane, 0),
  cup: shaded(cup, 0.8),
  book: shaded(book, 1.7),
  teapot: shaded(teapot, 0.5),
  vase: shaded(vase, 0.25),
  flower: shaded(flower, 0.06),
  apple: shaded(apple, 0.45),
  fruit: shaded(fruit, 0.6),
  candle: shaded(candle, 0.33),
  lamp: shaded(lamp, 0.28),
  horse: free(horse, 0.5),
  deer: free(deer, 0.36),
  elephant: free(elephant, 0.7),
  cow: free(cow, 0.6),
  sheep: free(sheep, 0.5),
  bird: free(bird, 0),
  eagle: free(eagle, 0),
  butterfly: free(butterfly, 0),
  fish: free(fish, 0),
  whale: free(whale, 0),
  car: free(car, 1.3),
  train: free(train, 1.5),
  bicycle: free(bicycle, 0.8),
  penguin: shaded(penguin, 0.28),
  person: shaded(person, 0.16),
  robot: shaded(robot, 0.25),
  rocket: shaded(rocket, 0.3),
  shoe: shaded(shoe, 1.1),
  bottle: shaded(bottle, 0.25),
};

export function findDrawing(kind: SubjectKind): Drawing | undefined {
  return drawings[kind];
}
