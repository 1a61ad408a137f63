import type { FastifyReply } from 'fastify';
import type { CatalogueModel } from '../../catalogue/catalogue.js';
import { lifecycleStatus } from '../../catalogue/lifecycle.js';
import { percentFor, type Margin } from '../../credits/margin.js';
import { modelAnswerSchema, toModelAnswer, type Availability, type ModelAnswer } from './model-answer.js';

/** A model as a caller is told of it, also as JSON. */
export interface ToldModel {
  readonly answer: ModelAnswer;
  readonly json: string;
}

/** Of one model: most callers are told one of two or three things of it. More than these come only from ever new policies. */
const MOST_KEPT = 32;

/** Models never change while the process runs, and their sizes and prices take a hundred times as long to write down as to send. */
const kept = new WeakMap<CatalogueModel, Map<string, ToldModel>>();

/** Describes a model as it stands now for a caller to whom it is or is not available. */
export function tellModel(
  model: CatalogueModel,
  now: Date,
  availability: Availability,
  margin: Margin,
): ToldModel {
  const { lifecycle, slug } = model.entry;
  // All that an answer depends on beside the model.
  const facts = JSON.stringify([lifecycleStatus(lifecycle, now), percentFor(margin, slug), availability]);
  let ofModel = kept.get(model);
  if (ofModel === undefined || ofModel.size >= MOST_KEPT) {
    ofModel = new Map();
    kept.set(model, ofModel);
  }
  let told = ofModel.get(facts);
  if (told === undefined) {
    const answer = toModelAnswer(model, now, availability, margin);
    told = { answer, json: JSON.stringify(modelAnswerSchema.parse(answer)) };
    ofModel.set(facts, told);
  }
  return told;
}

/** Answers with a list of models, as `modelListSchema` has it. */
export function sendModels(models: readonly ToldModel[], reply: FastifyReply): FastifyReply {
  const body = `{"object":"list","data":[${models.map(({ json }) => json).join(',')}]}`;
  return reply.type('application/json; charset=utf-8').send(body);
}
