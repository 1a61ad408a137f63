import type { PromptSlot } from '../providers/model.js';

/** Slots that words alone can show; subject and details are whatever is left. */
export type MarkedSlot = Exclude<PromptSlot, 'subject' | 'details'>;

const list = (text: string): readonly string[] =>
  text
    .split('|')
    .map((word) => word.trim())
    .filter((word) => word !== '');

/** English nouns and adjectives that stand at the end of a phrase of their slot: "loose *watercolour*". */
export const HEADS: Readonly<Record<MarkedSlot, readonly string[]>> = {
  style: list(`
    watercolour|watercolours|watercolor|watercolors|gouache|oil painting|oil on canvas|oils|acrylic|acrylics|tempera|fresco|
    painting|illustration|drawing|sketch|engraving|etching|woodcut|linocut|lithograph|screen print|woodblock print|risograph|
    photograph|photo|photography|polaroid|daguerreotype|film still|35mm film|film photo|macro photography|snapshot|
    render|rendering|3d render|cgi|pixel art|voxel art|vector|flat vector|line art|line drawing|concept art|digital art|
    anime|manga|comic|cartoon|ukiyo-e|pop art|op art|collage|paper cut|papercut|paper craft|claymation|stop motion|
    mosaic|stained glass|tapestry|embroidery|charcoal|pencil|coloured pencil|colored pencil|ink wash|ink|pastel|pastels|chalk|
    crayon|marker|airbrush|graffiti|blueprint|infographic|isometric|low poly|cel shading|cutaway|
    impressionism|impressionist|expressionism|expressionist|surrealism|surrealist|cubism|cubist|minimalism|minimalist|
    art deco|art nouveau|bauhaus|baroque|rococo|romanticism|pointillism|pointillist|constructivism|film noir|noir|
    cyberpunk|steampunk|vaporwave|synthwave|photorealistic|photorealism|photo-realistic|hyperrealistic|hyperrealism|realistic|
    cinematic|painterly|style|aesthetic|black and white|black-and-white|monochrome|sepia|duotone|grayscale|greyscale`),
  composition: list(`
    close-up|closeup|close up|extreme close-up|wide shot|long shot|medium shot|full shot|full-body shot|full body shot|
    establishing shot|overhead shot|aerial shot|drone shot|low-angle shot|high-angle shot|tracking shot|two-shot|flat lay|flatlay|
    angle|low angle|high angle|dutch angle|view|bird's-eye view|birds-eye view|worm's-eye view|point of view|field of view|
    perspective|framing|crop|headshot|half-length|full-length|silhouette|centred|centered|off-centre|off-center|
    symmetrical|asymmetrical|symmetry|negative space|copy space|empty space|foreground|rule of thirds|golden ratio|
    depth of field|bokeh|blurred background|plain background|white background|panorama|panoramic|diagonal|diagonals|
    eye level|wide angle|wide-angle|fisheye|telephoto|tilt-shift|leading lines|85mm|50mm|35mm|24mm|100mm`),
  lighting: list(`
    light|lighting|sunlight|daylight|moonlight|candlelight|firelight|lamplight|lantern light|starlight|streetlight|torchlight|
    glow|backlight|backlit|rim light|side light|sidelight|spotlight|softbox|studio light|window light|neon|neon lights|
    golden hour|blue hour|sun|evening sun|morning sun|low sun|dawn|dusk|twilight|sunrise|sunset|noon|midday|midnight|
    morning|evening|afternoon|night|overcast|shadow|shadows|high key|high-key|low key|low-key|chiaroscuro|silhouetted|
    god rays|light rays|sunbeams|haze|contre-jour`),
  mood: list(`
    calm|serene|peaceful|quiet|tranquil|still|melancholy|melancholic|wistful|nostalgic|joyful|cheerful|playful|whimsical|
    ominous|eerie|tense|dramatic|hopeful|lonely|solitary|cosy|cozy|romantic|mysterious|dreamy|dreamlike|gloomy|sombre|somber|
    solemn|festive|energetic|uplifting|intimate|unhurried|relaxed|restless|triumphant|heroic|sad|happy|warm|bleak|austere|
    contemplative|meditative|inviting|menacing|carefree|tender|awe|wonder|mood|atmosphere|feeling|feel|vibe|ambience|ambiance`),
};

/** English beginnings of a phrase of their slot: "*seen from* the bank". */
export const LEADS: Readonly<Record<MarkedSlot, readonly string[]>> = {
  style: list(`
    in the style of|in the manner of|in the spirit of|shot on|rendered in|rendered as|painted in|painted as|drawn in|drawn with|
    drawn as|inspired by|style of|printed as|filmed on|photographed on`),
  composition: list(`
    seen from|viewed from|shot from|from above|from below|from behind|framed by|framed through|low on|high on|on the left|on the right|
    to the left|to the right|in the foreground|in the background|in the middle|in the centre|in the center|at the centre|at the center|
    at eye level|left third|right third|lower third|upper third|filling the frame|fills the frame|centred on|centered on|much sky|
    plenty of space|shallow depth|deep focus|looking up|looking down|shot with|shot through`),
  lighting: list(
    'lit by|lit from|lighting from|light from|backlit by|illuminated by|sunlight through|under a|bathed in',
  ),
  mood: list('feeling of|a feeling of|a sense of|sense of|an air of'),
};

/** Chinese words that begin or end a phrase of their slot. */
export const HAN_MARKERS: Readonly<Record<MarkedSlot, readonly string[]>> = {
  style: list(`
    水彩|水彩画|油画|国画|水墨|水墨画|工笔画|版画|木刻|素描|速写|插画|绘画|漫画|动漫|动画|二次元|浮世绘|摄影|照片|胶片|写实|写真|
    风格|画风|剪纸|拼贴|像素|像素画|矢量|扁平|线稿|概念图|渲染|三维渲染|低多边形|赛博朋克|蒸汽朋克|印象派|超现实主义|极简主义|黑白|复古海报`),
  composition: list(`
    特写|近景|中景|远景|全景|大全景|俯视|俯拍|仰视|仰拍|平视|鸟瞰|航拍|视角|角度|构图|居中|对称|三分法|留白|前景|虚化|浅景深|景深|
    广角|长焦|镜头|半身|全身|正面|侧面|左侧|右侧`),
  lighting: list(`
    光线|灯光|光照|阳光|日光|月光|烛光|逆光|侧光|顶光|柔光|暖光|冷光|霓虹|轮廓光|黄金时刻|蓝调时刻|日出|日落|黄昏|傍晚|清晨|黎明|正午|
    夜晚|夜色|晨光|余晖|夕阳|阴天|光影|阴影`),
  mood: list(`
    宁静|安静|平静|静谧|温馨|温暖|忧郁|怀旧|欢乐|欢快|活泼|神秘|梦幻|孤独|浪漫|庄严|紧张|恐怖|希望|悠闲|惬意|喜庆|氛围|气氛|情绪|意境`),
};
