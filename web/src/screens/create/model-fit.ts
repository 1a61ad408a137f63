import type { Model } from '../../api/models.js';
import { formatSize } from '../../parts/whereabouts.js';
import type { Draft } from './draft.js';

/** What of a draft a model can't do by itself; the gateway adapts it and says so. */
export function lacksOf(model: Model, draft: Draft): readonly string[] {
  const { settings, avoid } = draft;
  const { capabilities, allowedParams } = model;
  const lacks: string[] = [];
  if ((settings['seed'] ?? '') !== '' && !capabilities.seed) lacks.push('has no seed');
  if (settings['background'] === 'transparent' && !capabilities.transparency)
    lacks.push('has no transparent background');
  if (avoid.length > 0 && !capabilities.negativePrompt) lacks.push('is told in words what to avoid');
  if (draft.size !== '') {
    const size = allowedParams.sizes.find((one) => one.size === draft.size);
    if (size?.native !== true)
      lacks.push(
        `${size === undefined ? 'does not list' : 'does not render'} ${formatSize(draft.size)} itself`,
      );
  }
  return lacks;
}
