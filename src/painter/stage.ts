/** Where a scene plays: what kind it is, what it stands on and what is behind it. */
export type SceneKind =
  'landscape' | 'portrait' | 'still' | 'street' | 'studio' | 'underwater' | 'space' | 'emblem' | 'abstract';
export type Ground = 'grass' | 'sand' | 'rock' | 'desert' | 'canyon';
export type Backdrop = 'none' | 'hills' | 'mountains' | 'fuji' | 'city';
export type Water = 'none' | 'sea' | 'lake' | 'pond' | 'river';
