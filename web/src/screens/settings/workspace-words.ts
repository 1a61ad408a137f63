import type { Workspace } from '../../api/workspace.js';

export const RETIRED_WORDS: Readonly<Record<Workspace['retired_models'], string>> = {
  forward: 'go to their successor, and the answer says so',
  refuse: 'are refused',
};

export const UNKNOWN_WORDS: Readonly<Record<Workspace['unknown_outcomes'], string>> = {
  final: 'fail, and cost you nothing',
  repeat: 'are asked again, and the operator may pay twice',
};

/** @param seconds null: as long as the gateway keeps them */
export function retentionWords(seconds: number | null): string {
  if (seconds === null) return 'stay as long as the gateway keeps them';
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? 'stay for a minute' : `stay for ${minutes} minutes`;
}
