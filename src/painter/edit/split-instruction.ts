/** An instruction taken apart: what is wished for, and what is named only to be kept, left behind or removed. */
export interface InstructionParts {
  readonly wish: string;
  readonly kept: string;
  readonly removed: string;
  /** True when what is replaced is the background. */
  readonly background: boolean;
}

const verbs =
  'make|turn|change|add|put|place|set|give|paint|convert|replace|remove|switch|recolou?r|render|draw|let|use|apply|transform|insert|have|show|style';
/** A kept list may hold commas; it ends with its sentence or where the next order begins. */
const endOfOrder = `(?=\\s*(?:,|\\band\\b|\\bbut\\b|\\bthen\\b|\\bwhile\\b)\\s*(?:then\\s+|just\\s+|only\\s+|please\\s+)?(?:${verbs})\\b|\\s+(?:and|but)\\s+it\\b|[.;:!?\\n。；！？]|$)`;
const keeping: readonly RegExp[] = [
  new RegExp(
    `\\b(?:keep(?:ing)?|preserv(?:e|ing)|leav(?:e|ing)|retain(?:ing)?|maintain(?:ing)?|protect(?:ing)?)\\b(?! only| just)[^.;:!?\\n。；！？]*?${endOfOrder}`,
    'gu',
  ),
  new RegExp(
    `\\b(?:do not|don't|dont|never|without|not|no)\\s+(?:any\\s+)?(?:chang|touch|alter|modify|mov|affect|edit|los|remov|replac|add|cover|hid)\\w*\\b[^.;:!?\\n。；！？]*?${endOfOrder}`,
    'gu',
  ),
  new RegExp(
    `\\b(?:except|apart from|other than|everything but|all but)\\b[^.;:!?\\n。；！？]*?${endOfOrder}`,
    'gu',
  ),
  /(?:^|[,.;:!?\n]|\b(?:and|but|while|so)\b)[^,.;:!?\n]*\b(?:stays?|remains?|unchanged|untouched|intact|as (?:it is|they are|is|are)|the same|must not change|should not change)\b[^,.;:!?\n]*/gu,
  /(?:保持|保留|不要改变|不改变|不要动|别动|不要碰|不变)[^，。；！？\n,.;!?]*/gu,
  // From the beginning of its part only: from every later sign it would be the square of the length.
  /(?<![^，。；！？\n,.;!?])[^，。；！？\n,.;!?]*(?:保持不变|不变)/gu,
];
const removing =
  /\b(?:remov(?:e|ing)|delet(?:e|ing)|eras(?:e|ing)|get rid of|take (?:out|away)|cut out|clear away)\b([^.;:!?\n,]*)|(?:去掉|删除|移除|去除|抹去)([^，。；！？\n]*)/gu;

/** What stood before: "turn day into night", "from summer to winter", "winter instead of summer", "把白天变成黑夜". */
const leavingBehind: readonly RegExp[] = [
  /\b(?:replac(?:e|ing)|swap(?:ping)?|exchang(?:e|ing)|substitut(?:e|ing))\s+([^.;!?\n]{1,60}?)\s+(?:with|by|for)\b/gu,
  /\b(?:turn|chang|convert|switch|transform|mak)(?:e|es|ing|s)?\s+([^.;!?\n,]{1,60}?)\s+(?:in)?to\b/gu,
  /\bfrom\s+([^.;!?\n,]{1,40}?)\s+(?:in)?to\b/gu,
  /\b(?:instead of|rather than|no longer)\s+([^.;!?\n,]{1,40})/gu,
  /[把将从由]([^，。；！？\n]{1,14}?)(?:变成|换成|改成|变为|改为|转为|替换为|到)/gu,
];

/** Takes an instruction in small letters apart. */
export function splitInstruction(text: string): InstructionParts {
  const kept: string[] = [];
  const removed: string[] = [];
  let background = false;
  let wish = text.replace(/\blight (rain|snow|fog|mist)\b/gu, '$1').replace(/[黑深]夜/gu, '夜');
  for (const pattern of keeping) {
    wish = wish.replace(pattern, (phrase: string) => {
      kept.push(phrase);
      return ' , ';
    });
  }
  wish = wish.replace(removing, (_whole: string, english?: string, signs?: string) => {
    const phrase = english ?? signs ?? '';
    if (/\bbackground\b|背景/u.test(phrase)) background = true;
    removed.push(phrase === '' ? ' ' : phrase);
    return ' , ';
  });
  for (const pattern of leavingBehind) {
    wish = wish.replace(pattern, (whole: string, before: string, offset: number, text: string) => {
      if (/\bbackground\b|\bbackdrop\b|背景/u.test(before)) background = true;
      // "Make the car to the left" and colours keep their words; what is recoloured is read later.
      return /\bcolou?r\b|颜色/u.test(before) || recolours(text.slice(offset + whole.length)) ? whole : ' , ';
    });
  }
  return { wish, kept: kept.join(' . '), removed: removed.join(' . '), background };
}

/** A change into a colour names its thing, which must stay readable. */
function recolours(after: string): boolean {
  return /^\s*(?:a\s+)?(?:bright |deep |pale |vivid |light |dark )?(?:red|crimson|scarlet|orange|yellow|gold(?:en)?(?! hour)|green|emerald|teal|turquoise|cyan|blue(?! hour)|navy|violet|purple|magenta|pink|brown|beige|white|silver|gr[ae]y|black(?! and))\b|^[红赤橙黄绿青蓝紫粉白黑金](?!昏|天)/u.test(
    after,
  );
}
