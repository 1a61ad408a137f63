/** Words about places, time, weather, manner and framing; `signs` are Chinese or Japanese. */
interface WordEntry {
  readonly words: readonly string[];
  readonly signs?: readonly string[];
}

export const settingTable = {
  mountain: {
    words: [
      'mountain',
      'alps',
      'alpine',
      'peak',
      'himalaya',
      'himalayas',
      'summit',
      'mountainside',
      'mountain range',
      'highland',
      'volcano',
    ],
    signs: ['山', '峰'],
  },
  fuji: { words: ['fuji', 'mount fuji', 'mt fuji', 'mt. fuji'], signs: ['富士'] },
  hill: {
    words: ['hill', 'rolling hills', 'hillside', 'countryside', 'vineyard', 'tuscany', 'hilltop'],
    signs: ['丘'],
  },
  desert: { words: ['desert', 'dune', 'sand dune', 'sahara'], signs: ['沙漠'] },
  canyon: { words: ['canyon', 'gorge', 'mesa', 'grand canyon', 'badlands', 'cappadocia'], signs: ['峡谷'] },
  forest: { words: ['forest', 'woods', 'woodland', 'jungle', 'grove', 'rainforest'], signs: ['森林', '林'] },
  meadow: {
    words: [
      'meadow',
      'field',
      'grassland',
      'pasture',
      'prairie',
      'wheat field',
      'lavender',
      'flower field',
      'savanna',
      'savannah',
      'garden',
      'park',
      'lawn',
      'grass',
    ],
    signs: ['草地', '草原', '田', '花园'],
  },
  beach: {
    words: ['beach', 'shore', 'seaside', 'coast', 'tropical', 'island', 'sand'],
    signs: ['海滩', '沙滩', '岛'],
  },
  cliff: {
    words: ['cliff', 'rocky cliff', 'rocks', 'rocky', 'crag', 'ledge', 'boulder', 'headland'],
    signs: ['悬崖', '岩'],
  },
  snowfield: {
    words: [
      'snowfield',
      'glacier',
      'ice',
      'iceberg',
      'arctic',
      'antarctica',
      'antarctic',
      'tundra',
      'ice floe',
    ],
    signs: ['冰川', '冰'],
  },
  sea: {
    words: ['sea', 'ocean', 'wave', 'harbor', 'harbour', 'bay', 'pier', 'sailing'],
    signs: ['海', '洋'],
  },
  underwater: {
    words: ['underwater', 'under water', 'coral reef', 'coral', 'reef', 'aquarium', 'deep sea'],
    signs: ['水下', '海底', '珊瑚'],
  },
  lake: { words: ['lake', 'lakeside', 'reservoir', 'fjord'], signs: ['湖'] },
  pond: { words: ['pond', 'pool', 'puddle'], signs: ['池', '塘'] },
  river: { words: ['river', 'stream', 'brook', 'canal', 'creek', 'riverside'], signs: ['河', '江', '溪'] },
  waterfall: { words: ['waterfall', 'cascade', 'falls'], signs: ['瀑布'] },
  skyline: {
    words: [
      'skyline',
      'city',
      'cityscape',
      'metropolis',
      'downtown',
      'manhattan',
      'tokyo',
      'shanghai',
      'new york',
      'hong kong',
      'futuristic city',
    ],
    signs: ['城市', '都市'],
  },
  street: {
    words: [
      'street',
      'alley',
      'avenue',
      'city street',
      'road',
      'cyberpunk',
      'boulevard',
      'crossing',
      'market street',
    ],
    signs: ['街', '巷'],
  },
  table: {
    words: [
      'table',
      'desk',
      'wooden table',
      'still life',
      'kitchen',
      'windowsill',
      'countertop',
      'indoors',
      'interior',
      'room',
    ],
    signs: ['桌', '静物'],
  },
  studio: {
    words: [
      'studio',
      'product shot',
      'product photo',
      'product photography',
      'packshot',
      'studio lighting',
      'white background',
      'plain background',
      'pedestal',
    ],
    signs: ['棚拍', '产品'],
  },
  space: {
    words: ['space', 'outer space', 'galaxy', 'nebula', 'cosmos', 'universe', 'milky way'],
    signs: ['太空', '宇宙', '银河'],
  },
} as const satisfies Record<string, WordEntry>;
export type Setting = keyof typeof settingTable;

export const seasonTable = {
  spring: { words: ['spring', 'springtime'], signs: ['春'] },
  summer: { words: ['summer', 'summertime'], signs: ['夏'] },
  autumn: {
    words: [
      'autumn',
      'autumnal',
      'fall foliage',
      'fall colors',
      'fall colours',
      'in fall',
      'in the fall',
      'october',
      'november',
    ],
    signs: ['秋'],
  },
  winter: {
    words: [
      'winter',
      'wintry',
      'snowy',
      'snow-covered',
      'snow covered',
      'frozen',
      'christmas',
      'december',
      'january',
    ],
    signs: ['冬', '雪景'],
  },
} as const satisfies Record<string, WordEntry>;
export type Season = keyof typeof seasonTable;

export const timeTable = {
  dawn: {
    words: ['dawn', 'daybreak', 'sunrise', 'first light', 'early morning'],
    signs: ['黎明', '日出', '拂晓', '清晨'],
  },
  morning: { words: ['morning', 'morning light'], signs: ['早晨', '早上', '朝'] },
  day: {
    words: ['day', 'daylight', 'noon', 'midday', 'afternoon', 'sunny', 'daytime'],
    signs: ['白天', '中午', '下午'],
  },
  golden: {
    words: ['golden hour', 'golden-hour', 'golden light', 'late afternoon', 'warm sunlight'],
    signs: ['金色时刻'],
  },
  sunset: { words: ['sunset', 'sundown', 'setting sun'], signs: ['日落', '夕阳', '夕'] },
  evening: {
    words: ['evening', 'dusk', 'twilight', 'blue hour', 'nightfall'],
    signs: ['傍晚', '黄昏', '晚'],
  },
  night: {
    words: ['night', 'midnight', 'nighttime', 'moonlight', 'moonlit', 'starry', 'nocturnal', 'starlight'],
    signs: ['夜'],
  },
} as const satisfies Record<string, WordEntry>;
export type TimeOfDay = keyof typeof timeTable;

export const weatherTable = {
  rain: { words: ['rain', 'rainy', 'raining', 'drizzle', 'downpour', 'wet'], signs: ['雨'] },
  snow: { words: ['snow', 'snowing', 'snowfall', 'snowflake', 'blizzard', 'snowstorm'], signs: ['雪'] },
  fog: { words: ['fog', 'foggy', 'mist', 'misty', 'haze', 'hazy'], signs: ['雾', '霧'] },
  storm: {
    words: ['storm', 'stormy', 'thunderstorm', 'lightning', 'thunder', 'tempest'],
    signs: ['暴风', '雷', '风暴'],
  },
  cloudy: { words: ['cloudy', 'overcast', 'clouds', 'cloud'], signs: ['云', '阴'] },
  clear: { words: ['clear sky', 'cloudless', 'clear'], signs: ['晴'] },
  windy: { words: ['wind', 'windy', 'breeze'], signs: ['风'] },
} as const satisfies Record<string, WordEntry>;
export type Weather = keyof typeof weatherTable;

export const skyTable = {
  sun: { words: ['sun'], signs: ['太阳'] },
  moon: { words: ['moon', 'full moon', 'crescent moon', 'crescent', 'moonlit', 'moonlight'], signs: ['月'] },
  stars: { words: ['star', 'starry', 'starry sky', 'milky way', 'constellation'], signs: ['星'] },
  aurora: { words: ['aurora', 'northern lights', 'aurora borealis'], signs: ['极光'] },
  rainbow: { words: ['rainbow'], signs: ['彩虹'] },
} as const satisfies Record<string, WordEntry>;
export type SkyFeature = keyof typeof skyTable;

export const styleTable = {
  photo: {
    words: [
      'photo',
      'photograph',
      'photography',
      'photorealistic',
      'photoreal',
      'realistic',
      'cinematic',
      'hyperrealistic',
      'dslr',
      '35mm',
      'film still',
    ],
    signs: ['照片', '摄影', '写实'],
  },
  watercolour: { words: ['watercolour', 'watercolor', 'aquarelle', 'gouache'], signs: ['水彩'] },
  ink: {
    words: ['ink', 'ink wash', 'sumi-e', 'ink painting', 'calligraphy', 'chinese painting', 'brush painting'],
    signs: ['水墨', '国画', '墨'],
  },
  flat: {
    words: [
      'flat',
      'flat vector',
      'vector',
      'vector art',
      'flat design',
      'minimalist',
      'minimal',
      'illustration',
      'screen print',
      'poster art',
      'paper cut',
    ],
    signs: ['扁平', '矢量', '插画'],
  },
  woodblock: {
    words: ['woodblock', 'woodblock print', 'ukiyo-e', 'ukiyo', 'woodcut', 'hokusai', 'hiroshige', 'linocut'],
    signs: ['木版', '浮世绘', '浮世絵', '版画'],
  },
  oil: {
    words: [
      'oil',
      'oil painting',
      'impressionist',
      'impressionism',
      'impasto',
      'van gogh',
      'monet',
      'acrylic',
      'painterly',
      'oil on canvas',
    ],
    signs: ['油画', '油絵'],
  },
  pixel: {
    words: ['pixel art', 'pixel-art', 'pixelated', '8-bit', '8bit', '16-bit', 'pixel'],
    signs: ['像素'],
  },
  line: {
    words: [
      'line drawing',
      'line art',
      'lineart',
      'pencil',
      'pencil drawing',
      'sketch',
      'drawing',
      'charcoal',
      'engraving',
      'etching',
      'pen and ink',
      'coloring page',
    ],
    signs: ['线稿', '素描', '线描'],
  },
  icon: {
    words: ['icon', 'logo', 'app icon', 'emblem', 'badge', 'sticker', 'symbol', 'favicon', 'emoji'],
    signs: ['图标', '标志'],
  },
} as const satisfies Record<string, WordEntry>;
export type PaintStyle = keyof typeof styleTable;

export const shotTable = {
  'close-up': {
    words: ['close-up', 'close up', 'closeup', 'macro', 'headshot', 'extreme close-up', 'portrait'],
    signs: ['特写', '近景'],
  },
  medium: { words: ['medium shot', 'medium-shot', 'mid shot', 'medium', 'half-length'], signs: ['中景'] },
  wide: {
    words: [
      'wide',
      'wide shot',
      'wide-angle',
      'wide angle',
      'panorama',
      'panoramic',
      'establishing shot',
      'long shot',
      'aerial',
      'distant',
      'landscape',
    ],
    signs: ['远景', '全景'],
  },
} as const satisfies Record<string, WordEntry>;
export type Shot = keyof typeof shotTable;

export const moodTable = {
  calm: {
    words: [
      'calm',
      'peaceful',
      'serene',
      'quiet',
      'tranquil',
      'solitary',
      'cozy',
      'cosy',
      'gentle',
      'dreamy',
      'minimal',
    ],
    signs: ['宁静', '安静'],
  },
  dark: {
    words: [
      'dark',
      'moody',
      'gloomy',
      'mysterious',
      'eerie',
      'dramatic',
      'noir',
      'ominous',
      'horror',
      'melancholy',
      'sad',
    ],
    signs: ['黑暗', '神秘'],
  },
  bright: {
    words: [
      'bright',
      'happy',
      'cheerful',
      'joyful',
      'vibrant',
      'vivid',
      'colorful',
      'colourful',
      'playful',
      'energetic',
      'festive',
    ],
    signs: ['明亮', '欢乐', '快乐'],
  },
  neon: {
    words: ['neon', 'cyberpunk', 'synthwave', 'vaporwave', 'futuristic', 'glowing'],
    signs: ['霓虹', '赛博'],
  },
  vintage: { words: ['vintage', 'retro', 'nostalgic', 'antique', 'sepia', 'old'], signs: ['复古', '怀旧'] },
} as const satisfies Record<string, WordEntry>;
export type Mood = keyof typeof moodTable;
