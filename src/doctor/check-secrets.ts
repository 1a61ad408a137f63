import type { SecretPlace } from '../config/secret-settings.js';
import type { Finding } from './finding.js';

/** Where the secret settings stand; those that can't be opened have kept the settings from being read at all. */
export function checkSecrets(places: readonly SecretPlace[]): readonly Finding[] {
  if (places.length === 0) return [];
  const old = places.filter(({ sealedUnder }) => sealedUnder !== undefined && sealedUnder > 1);
  if (old.length > 0) {
    const names = old.map(({ name }) => name).join(', ');
    return [
      {
        part: 'secrets',
        state: 'warn',
        what: `${names}: sealed under a secret that is not the first of ATELIER_SECRET`,
        mend: `\`atelier secrets seal --current ${names.replaceAll(',', '')}\`, before that secret is taken out`,
      },
    ];
  }
  const count = (test: (place: SecretPlace) => boolean) => places.filter(test).length;
  const [sealed, files] = [
    count(({ sealedUnder }) => sealedUnder !== undefined),
    count(({ inFile, sealedUnder }) => inFile && sealedUnder === undefined),
  ];
  const plain = places.length - sealed - files;
  return [
    {
      part: 'secrets',
      state: 'ok',
      what: `${sealed} sealed, ${files} in files, ${plain} in the environment as they are`,
    },
  ];
}
