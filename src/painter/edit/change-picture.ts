import type { Canvas } from '../canvas.js';
import { lightFor, type Light } from '../light.js';
import { Random } from '../random.js';
import type { Understood } from '../understood.js';
import { familyOf } from '../vocabulary/subjects.js';
import { layPalette, recolourRegion, regrade } from './colours.js';
import { layCutout, paintSubjects } from './cutouts.js';
import { applyLooks } from './finishes.js';
import { layHour, removeHour } from './hours.js';
import { bloomLamps, lightHeavens } from './lights.js';
import { applyManner } from './manner.js';
import { placeAddition, stands } from './place-addition.js';
import type { Instruction } from './read-instruction.js';
import { changeSeason } from './season.js';
import { surveyPicture, type Survey } from './survey.js';
import { changeWeather } from './weather.js';

/** Carries an instruction out on a whole sheet: surfaces first, then light, air, colours, additions and manner. */
export async function changePicture(canvas: Canvas, instruction: Instruction, seed: number): Promise<void> {
  const random = new Random(`edit/${seed}/${instruction.wish}`);
  const { edit, weather, sky, palette } = instruction;
  if (edit.unread) {
    regrade(canvas, random.fork('regrade'));
    return;
  }
  const survey = surveyPicture(canvas);
  const time = hourOf(instruction, survey);
  const lit: Understood = { ...instruction, time, palette: [], mood: undefined };
  const light = lightFor(lit);
  const relit =
    instruction.time !== undefined || sky.some((feature) => feature !== 'sun' && feature !== 'rainbow');
  if (relit) removeHour(canvas, survey);
  if (instruction.season !== undefined || weather.includes('snow'))
    changeSeason(canvas, survey, instruction.season ?? 'winter', random.fork('season'));
  if (relit) {
    layHour(canvas, survey, light);
    bloomLamps(canvas, survey, light);
  } else if (instruction.season === 'winter') coolDown(canvas, survey);
  lightHeavens(canvas, survey, instruction, { ...light, dark: relit && light.dark }, random.fork('heavens'));
  if (weather.length > 0) changeWeather(canvas, survey, lit, light, random.fork('weather'));
  if (edit.recolour !== undefined) recolourRegion(canvas, survey, edit.recolour.target, edit.recolour.colour);
  if (palette.length > 0) layPalette(canvas, palette);
  await addSubjects(canvas, instruction, lit, survey, light, random.fork('additions'), seed);
  applyLooks(canvas, edit.looks);
  if (edit.style !== undefined) applyManner(canvas, edit.style, seed);
}

/** The hour asked for, or the one the picture seems to show. */
export function hourOf(understood: Understood, survey: Survey): Understood['time'] {
  if (understood.time !== undefined) return understood.time;
  if (understood.sky.some((feature) => feature === 'moon' || feature === 'stars' || feature === 'aurora'))
    return 'night';
  const [red, green, blue] = survey.mean;
  const level = red * 0.3 + green * 0.59 + blue * 0.11;
  return level < 42 ? 'night' : level < 72 ? 'evening' : 'day';
}

/** Winter without an hour of its own: the day stays, its light turns cold and pale. */
function coolDown(canvas: Canvas, survey: Survey): void {
  const { data } = canvas;
  for (let index = 0, at = 0; at < data.length; index++, at += 4) {
    const share = 1 - (survey.glow[index] ?? 0);
    const pale = (survey.sky[index] ?? 0) * 0.22;
    const red = data[at] ?? 0;
    const green = data[at + 1] ?? 0;
    const blue = data[at + 2] ?? 0;
    data[at] = red + ((red * 0.94 + 8) * (1 - pale) + 214 * pale - red) * share;
    data[at + 1] = green + ((green * 0.98 + 8) * (1 - pale) + 222 * pale - green) * share;
    data[at + 2] = blue + ((blue * 1.02 + 12) * (1 - pale) + 232 * pale - blue) * share;
  }
}

async function addSubjects(
  canvas: Canvas,
  instruction: Instruction,
  lit: Understood,
  survey: Survey,
  light: Light,
  random: Random,
  seed: number,
): Promise<void> {
  for (const [order, subject] of instruction.subjects.slice(0, 4).entries()) {
    const cutout = paintSubjects([subject], lit, seed + order);
    if (cutout === undefined) continue;
    const { place } = instruction.edit;
    const box = placeAddition(
      subject.kind,
      cutout,
      place,
      survey,
      canvas,
      random.fork(`${subject.kind}/${order}`),
    );
    if (stands(subject.kind, place)) {
      const foot = box.top + box.height * 0.985;
      canvas.dab(
        box.left + box.width / 2,
        foot,
        box.width * 0.52,
        Math.max(1.5, box.height * 0.035),
        0,
        [14, 18, 28],
        light.dark ? 0.5 : 0.34,
      );
    }
    await layCutout(canvas, cutout, box);
    if (familyOf(subject.kind) === 'lantern' && light.lampsLit)
      canvas.glow(
        box.left + box.width / 2,
        box.top + box.height * 0.6,
        box.height * 1.1,
        [255, 170, 80],
        0.5,
      );
  }
}
