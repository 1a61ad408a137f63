/** Things that one picture can't be at once. */

export interface Contradiction {
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly why: string;
  /** What the second can become without denying the first, and the other way round. */
  readonly insteadOfSecond: string;
  readonly insteadOfFirst: string;
}

const words = (text: string): readonly string[] => text.split('|').map((word) => word.trim());

export const CONTRADICTIONS: readonly Contradiction[] = [
  {
    first: words('black and white|black-and-white|monochrome|grayscale|greyscale|黑白'),
    second: words(
      'vibrant colors|vibrant colours|colorful|colourful|full color|full colour|vivid colors|vivid colours|rainbow colors|rainbow colours|saturated colors|saturated colours|色彩鲜艳|五彩缤纷',
    ),
    why: 'a picture without colours has none to be vivid',
    insteadOfSecond: 'strong contrast',
    insteadOfFirst: 'muted tones',
  },
  {
    first: words('close-up|closeup|close up|extreme close-up|macro shot|macro photograph|特写'),
    second: words(
      'wide shot|long shot|aerial view|aerial shot|drone shot|panorama|panoramic view|establishing shot|远景|全景|航拍',
    ),
    why: 'the camera is near or far, not both',
    insteadOfSecond: 'blurred background',
    insteadOfFirst: 'subject small in the frame',
  },
  {
    first: words(
      'photorealistic|photo-realistic|hyperrealistic|photograph|photography|35mm photo|照片|摄影|写实照片',
    ),
    second: words(
      'cartoon|flat vector|vector illustration|watercolour|watercolor|oil painting|line art|pixel art|anime|woodcut|pencil sketch|卡通|水彩|油画|动漫|像素画|扁平矢量',
    ),
    why: 'one medium rules the other out; the model mixes or picks',
    insteadOfSecond: 'natural texture',
    insteadOfFirst: 'true proportions',
  },
  {
    first: words('minimalist|minimalism|minimal|极简|极简主义'),
    second: words('cluttered|ornate|busy background|densely packed|crowded scene|繁复|杂乱'),
    why: 'few things and many things',
    insteadOfSecond: 'one accent',
    insteadOfFirst: 'ordered',
  },
  {
    first: words('symmetrical|perfect symmetry|centred|centered|对称|居中'),
    second: words('asymmetrical|off-centre|off-center|rule of thirds|不对称|三分法'),
    why: 'the subject stands in the middle or beside it',
    insteadOfSecond: 'even margins',
    insteadOfFirst: 'clear sight line',
  },
  {
    first: words('midnight|moonlit|moonlight|starry night|at night|深夜|月光|星空下'),
    second: words('midday|noon|bright sunlight|harsh sunlight|blue sky|bright daylight|正午|烈日|蓝天'),
    why: 'night and broad day exclude each other',
    insteadOfSecond: 'lamplight',
    insteadOfFirst: 'clear air',
  },
  {
    first: words('sunrise|at dawn|日出|黎明'),
    second: words('sunset|at dusk|日落|黄昏'),
    why: 'the light comes from one end of the day',
    insteadOfSecond: 'low warm sun',
    insteadOfFirst: 'low warm sun',
  },
  {
    first: words('shallow depth of field|bokeh|blurred background|浅景深|背景虚化'),
    second: words('everything in focus|deep focus|deep depth of field|sharp background|全景清晰|大景深'),
    why: 'the background is sharp or it is not',
    insteadOfSecond: 'sharp subject',
    insteadOfFirst: 'clear edges',
  },
  {
    first: words('soft light|soft lighting|diffused light|diffuse light|softbox light|柔光'),
    second: words('harsh light|harsh lighting|hard light|hard shadows|harsh shadows|硬光|强烈阴影'),
    why: 'a light is soft or hard',
    insteadOfSecond: 'light from one side',
    insteadOfFirst: 'light from one side',
  },
  {
    first: words("bird's-eye view|birds-eye view|top-down view|from above|overhead shot|俯视|鸟瞰|俯拍"),
    second: words("worm's-eye view|from below|low angle|low-angle shot|looking up|仰视|仰拍"),
    why: 'the camera looks down or up',
    insteadOfSecond: 'wide view',
    insteadOfFirst: 'wide view',
  },
  {
    first: words('empty street|deserted|abandoned street|空无一人|空旷无人'),
    second: words('crowd|crowded|crowds of people|bustling|人群|人山人海|熙熙攘攘'),
    why: 'a place is empty or full of people',
    insteadOfSecond: 'closed shutters',
    insteadOfFirst: 'wide street',
  },
  {
    first: words('thick fog|dense fog|foggy|heavy mist|浓雾|大雾'),
    second: words('crystal clear air|clear blue sky|cloudless sky|unlimited visibility|晴空万里|万里无云'),
    why: 'fog hides what a clear sky shows',
    insteadOfSecond: 'pale sky',
    insteadOfFirst: 'still air',
  },
  {
    first: words('calm water|still water|mirror-like water|平静的水面'),
    second: words('crashing waves|rough sea|stormy sea|high waves|巨浪|惊涛骇浪'),
    why: 'water is still or it is not',
    insteadOfSecond: 'faint ripples',
    insteadOfFirst: 'wet rocks',
  },
];

/** Words that say that both are meant: a change, a comparison, a picture in two halves. */
export const BOTH_MEANT: readonly string[] = words(
  'transition|versus|vs|split|half|halves|contrast|contrasting|turning|becomes|becoming|diptych|triptych|collage|side by side|before and after|inspired by|from day to night|from sunrise to sunset|一半|对比|过渡|拼贴|左右两半|前后',
);
