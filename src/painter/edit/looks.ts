/** Words for the finish of a whole picture that the painter's own vocabulary has no place for. */
export const lookTable = {
  sepia: /\bsepia\b|棕褐|旧照片/u,
  monochrome:
    /\bblack[- ]and[- ]white\b|\bb&w\b|\bmonochrom\w*|\bgr[ae]y ?scale\b|\bdesaturate fully\b|黑白|灰度/u,
  noir: /\bnoir\b/u,
  pastel: /\bpastels?\b|粉彩|柔和/u,
  muted: /\bmuted\b|\bdesaturat\w*|\bsubdued\b|\bfaded\b|\bless (?:colou?rful|saturated)\b|低饱和/u,
  vivid: /\bvivid\b|\bvibrant\b|\bsaturated\b|\bcolou?rful\b|\bpunchy\b|\bvibrance\b|鲜艳|饱和/u,
  neon: /\bneon\b|\bcyberpunk\b|\bsynthwave\b|\bvaporwave\b|霓虹|赛博/u,
  vintage:
    /\bvintage\b|\bretro\b|\bold photo\w*|\bpolaroid\b|\bnostalgi\w*|\bfilm grain\b|\bantique\b|复古|怀旧/u,
  cinematic: /\bcinematic\b|\bfilm still\b|\bmovie\b|\bblockbuster\b|电影/u,
  dramatic: /\bdramatic\b|\bmoody\b|\bgloomy\b|\bominous\b|\beerie\b|戏剧|阴郁/u,
  dreamy: /\bdreamy\b|\bsoft focus\b|\bethereal\b|\bglow(?:y|ing)?\b|\bmagical\b|梦幻/u,
  warm: /\bwarm(?:er|th)?\b|温暖|暖色|暖/u,
  cool: /\bcool(?:er)?\b|\bcold(?:er)?\b|\bicy\b|冷色|寒冷|冷/u,
  bright: /\bbright(?:er|en)?\b|\blighter\b|\blighten\b|\bexposure\b|明亮|更亮|提亮/u,
  dark: /\bdark(?:er|en)\b|\bdark\b|\bdimmer\b|更暗|变暗|黑暗/u,
  contrast: /\b(?:more|higher|high|increase|stronger)[\w ]{0,12} contrast\b|\bcontrasty\b|对比/u,
  blurred: /\bblur(?:red|ry)?\b|\bout of focus\b|模糊/u,
  sharper: /\bsharp(?:er|en|ened)?\b|\bcrisp(?:er)?\b|\bmore detail\w*|\benhance\b|锐化|清晰/u,
} as const satisfies Record<string, RegExp>;

export type Look = keyof typeof lookTable;

export function readLooks(text: string): readonly Look[] {
  const looks: Look[] = [];
  for (const look of Object.keys(lookTable)) {
    if (isLook(look) && lookTable[look].test(text)) looks.push(look);
  }
  return looks;
}

function isLook(name: string): name is Look {
  return Object.hasOwn(lookTable, name);
}
