/**
 * Things the painter can draw. `words` are English singulars (plurals are recognised by rule unless irregular, then
 * listed), `signs` are Chinese or Japanese words. Longer entries win over shorter ones.
 */
export type SubjectFamily =
  | 'portrait'
  | 'walker'
  | 'flyer'
  | 'swimmer'
  | 'tree'
  | 'building'
  | 'bridge'
  | 'lantern'
  | 'boat'
  | 'still'
  | 'vehicle'
  | 'figure'
  | 'product'
  | 'space';

interface SubjectEntry {
  readonly family: SubjectFamily;
  readonly words: readonly string[];
  readonly signs: readonly string[];
}

export const subjectTable = {
  cat: {
    family: 'portrait',
    words: ['cat', 'kitten', 'kitty', 'tabby', 'feline'],
    signs: ['猫', '貓', 'ねこ'],
  },
  dog: {
    family: 'portrait',
    words: [
      'dog',
      'puppy',
      'puppies',
      'corgi',
      'labrador',
      'retriever',
      'shiba',
      'husky',
      'hound',
      'terrier',
      'poodle',
    ],
    signs: ['狗', '犬', 'いぬ'],
  },
  wolf: { family: 'portrait', words: ['wolf', 'wolves', 'coyote'], signs: ['狼'] },
  fox: { family: 'portrait', words: ['fox'], signs: ['狐'] },
  bear: { family: 'portrait', words: ['bear', 'grizzly', 'bear cub'], signs: ['熊'] },
  'polar-bear': { family: 'portrait', words: ['polar bear'], signs: ['北极熊'] },
  panda: { family: 'portrait', words: ['panda', 'giant panda'], signs: ['熊猫'] },
  leopard: {
    family: 'portrait',
    words: ['leopard', 'jaguar', 'cheetah', 'big cat', 'panther', 'lynx'],
    signs: ['豹'],
  },
  'snow-leopard': { family: 'portrait', words: ['snow leopard'], signs: ['雪豹'] },
  tiger: { family: 'portrait', words: ['tiger', 'tiger cub'], signs: ['虎'] },
  lion: { family: 'portrait', words: ['lion', 'lioness'], signs: ['狮', '獅'] },
  rabbit: { family: 'portrait', words: ['rabbit', 'bunny', 'bunnies', 'hare'], signs: ['兔'] },
  owl: { family: 'portrait', words: ['owl'], signs: ['猫头鹰'] },
  horse: {
    family: 'walker',
    words: ['horse', 'pony', 'ponies', 'stallion', 'mare', 'foal', 'unicorn'],
    signs: ['马', '馬'],
  },
  deer: {
    family: 'walker',
    words: ['deer', 'stag', 'doe', 'fawn', 'elk', 'moose', 'reindeer', 'antelope', 'gazelle'],
    signs: ['鹿'],
  },
  elephant: { family: 'walker', words: ['elephant', 'mammoth'], signs: ['象'] },
  cow: {
    family: 'walker',
    words: ['cow', 'bull', 'cattle', 'ox', 'oxen', 'buffalo', 'bison'],
    signs: ['牛'],
  },
  sheep: { family: 'walker', words: ['sheep', 'lamb', 'ram'], signs: ['羊'] },
  penguin: { family: 'figure', words: ['penguin'], signs: ['企鹅', 'ペンギン'] },
  bird: {
    family: 'flyer',
    words: [
      'bird',
      'sparrow',
      'robin',
      'kingfisher',
      'songbird',
      'parrot',
      'bluebird',
      'finch',
      'hummingbird',
      'crow',
      'raven',
    ],
    signs: ['鸟', '鳥'],
  },
  eagle: {
    family: 'flyer',
    words: ['eagle', 'hawk', 'falcon', 'seagull', 'gull', 'crane', 'heron'],
    signs: ['鹰', '鷹', '鹤'],
  },
  swan: { family: 'boat', words: ['swan', 'duck', 'goose', 'geese', 'duckling'], signs: ['天鹅', '鸭'] },
  butterfly: { family: 'flyer', words: ['butterfly', 'butterflies', 'moth'], signs: ['蝴蝶'] },
  fish: {
    family: 'swimmer',
    words: ['fish', 'fishes', 'koi', 'goldfish', 'salmon', 'shark', 'trout'],
    signs: ['鱼', '魚', '鲤'],
  },
  whale: { family: 'swimmer', words: ['whale', 'dolphin', 'orca'], signs: ['鲸', '鯨', '海豚'] },
  pine: {
    family: 'tree',
    words: ['pine', 'pine tree', 'fir', 'fir tree', 'spruce', 'conifer', 'christmas tree', 'cypress'],
    signs: ['松'],
  },
  broadleaf: {
    family: 'tree',
    words: ['tree', 'oak', 'oak tree', 'maple', 'maple tree', 'willow', 'elm', 'beech', 'apple tree'],
    signs: ['树', '樹', '木'],
  },
  birch: { family: 'tree', words: ['birch', 'birch tree', 'aspen', 'birches'], signs: ['桦'] },
  palm: { family: 'tree', words: ['palm', 'palm tree', 'coconut tree'], signs: ['椰', '棕榈'] },
  cherry: {
    family: 'tree',
    words: [
      'cherry blossom',
      'cherry tree',
      'cherry blossom tree',
      'sakura',
      'plum blossom',
      'blossom tree',
      'cherry',
    ],
    signs: ['樱', '桜', '梅花'],
  },
  bamboo: { family: 'tree', words: ['bamboo', 'bamboo grove'], signs: ['竹'] },
  house: {
    family: 'building',
    words: [
      'house',
      'home',
      'villa',
      'mansion',
      'barn',
      'farm',
      'farmhouse',
      'village',
      'town',
      'shop',
      'cafe',
    ],
    signs: ['房', '屋', '村'],
  },
  cottage: {
    family: 'building',
    words: ['cottage', 'cabin', 'hut', 'chalet', 'log cabin'],
    signs: ['小屋', '木屋'],
  },
  castle: { family: 'building', words: ['castle', 'fortress', 'palace', 'citadel'], signs: ['城堡', '宫'] },
  pagoda: {
    family: 'building',
    words: ['pagoda', 'chinese temple', 'japanese temple', 'buddhist temple'],
    signs: ['塔', '寺'],
  },
  lighthouse: { family: 'building', words: ['lighthouse', 'light house', 'beacon'], signs: ['灯塔', '灯台'] },
  windmill: { family: 'building', words: ['windmill', 'mill'], signs: ['风车'] },
  skyscraper: { family: 'building', words: ['skyscraper', 'office tower'], signs: ['摩天'] },
  temple: {
    family: 'building',
    words: ['temple', 'greek temple', 'parthenon', 'ruin', 'columns'],
    signs: ['神庙', '庙'],
  },
  torii: {
    family: 'building',
    words: ['torii', 'torii gate', 'shrine', 'shinto shrine'],
    signs: ['鸟居', '鳥居', '神社'],
  },
  tower: {
    family: 'building',
    words: ['tower', 'clock tower', 'bell tower', 'watchtower', 'eiffel tower'],
    signs: [],
  },
  church: { family: 'building', words: ['church', 'chapel', 'cathedral', 'monastery'], signs: ['教堂'] },
  'stone-bridge': {
    family: 'bridge',
    words: ['bridge', 'stone bridge', 'arch bridge', 'stone arch bridge', 'aqueduct'],
    signs: ['桥', '橋', '石桥'],
  },
  'wooden-bridge': {
    family: 'bridge',
    words: ['wooden bridge', 'footbridge', 'wood bridge'],
    signs: ['木桥'],
  },
  'suspension-bridge': {
    family: 'bridge',
    words: ['suspension bridge', 'golden gate', 'golden gate bridge', 'hanging bridge'],
    signs: ['吊桥', '大桥'],
  },
  'paper-lantern': {
    family: 'lantern',
    words: ['lantern', 'paper lantern', 'sky lantern', 'red lantern'],
    signs: ['灯笼', '燈籠', '提灯'],
  },
  'street-lantern': {
    family: 'lantern',
    words: ['street lamp', 'street lantern', 'streetlight', 'street light', 'lamppost', 'lamp post'],
    signs: ['路灯', '街灯'],
  },
  sailboat: {
    family: 'boat',
    words: ['sailboat', 'sailing boat', 'yacht', 'sail boat', 'boat', 'sail', 'dinghy'],
    signs: ['帆船', '帆'],
  },
  rowboat: {
    family: 'boat',
    words: ['rowboat', 'rowing boat', 'canoe', 'kayak', 'wooden boat', 'fishing boat', 'gondola'],
    signs: ['小船', '舟', '船'],
  },
  ship: {
    family: 'boat',
    words: ['ship', 'sailing ship', 'galleon', 'pirate ship', 'tall ship', 'frigate'],
    signs: ['大船', '轮船'],
  },
  teapot: { family: 'still', words: ['teapot', 'tea pot', 'kettle', 'tea set'], signs: ['茶壶', '茶'] },
  cup: {
    family: 'still',
    words: [
      'cup',
      'coffee',
      'cup of coffee',
      'mug',
      'cup of tea',
      'teacup',
      'tea',
      'espresso',
      'latte',
      'cappuccino',
    ],
    signs: ['咖啡', '杯', 'コーヒー'],
  },
  vase: {
    family: 'still',
    words: [
      'vase',
      'flower vase',
      'vase of flowers',
      'vase with flowers',
      'bouquet',
      'roses',
      'tulips',
      'pot',
      'pottery',
    ],
    signs: ['花瓶', '花束'],
  },
  fruit: {
    family: 'still',
    words: ['fruit', 'fruit bowl', 'bowl of fruit', 'oranges', 'pear', 'grapes', 'lemons', 'bowl'],
    signs: ['水果', '果'],
  },
  apple: { family: 'still', words: ['apple', 'pomegranate', 'peach'], signs: ['苹果', 'りんご'] },
  candle: { family: 'still', words: ['candle', 'candlestick', 'candlelight'], signs: ['蜡烛', '烛'] },
  book: {
    family: 'still',
    words: ['book', 'open book', 'notebook', 'novel', 'diary'],
    signs: ['书', '書', '本'],
  },
  lamp: { family: 'still', words: ['lamp', 'desk lamp', 'table lamp'], signs: ['台灯'] },
  flower: {
    family: 'still',
    words: ['flower', 'rose', 'tulip', 'sunflower', 'lotus', 'lily', 'orchid', 'daisy', 'poppy', 'peony'],
    signs: ['花', '莲', '荷'],
  },
  car: {
    family: 'vehicle',
    words: ['car', 'automobile', 'vintage car', 'sports car', 'taxi', 'truck', 'van', 'bus'],
    signs: ['汽车', '车', '車'],
  },
  train: {
    family: 'vehicle',
    words: ['train', 'steam train', 'locomotive', 'steam engine', 'railway', 'tram'],
    signs: ['火车', '列车', '電車'],
  },
  bicycle: {
    family: 'vehicle',
    words: ['bicycle', 'bike', 'cycle', 'motorcycle'],
    signs: ['自行车', '单车'],
  },
  rocket: {
    family: 'vehicle',
    words: ['rocket', 'spaceship', 'spacecraft', 'space shuttle', 'rocketship', 'rocket ship'],
    signs: ['火箭', '飞船'],
  },
  balloon: {
    family: 'flyer',
    words: ['hot-air balloon', 'hot air balloon', 'balloon'],
    signs: ['热气球', '气球'],
  },
  airplane: {
    family: 'flyer',
    words: ['airplane', 'plane', 'aeroplane', 'jet', 'aircraft', 'biplane'],
    signs: ['飞机'],
  },
  person: {
    family: 'figure',
    words: [
      'person',
      'people',
      'man',
      'men',
      'woman',
      'women',
      'boy',
      'girl',
      'child',
      'children',
      'traveler',
      'traveller',
      'monk',
      'samurai',
      'knight',
      'astronaut',
      'figure',
      'wizard',
      'crowd',
      'pedestrian',
      'human',
      'hiker',
      'lady',
      'king',
      'queen',
      'princess',
    ],
    signs: ['人', '男', '女', '孩'],
  },
  robot: {
    family: 'figure',
    words: ['robot', 'android', 'droid', 'mech', 'cyborg'],
    signs: ['机器人', 'ロボット'],
  },
  shoe: { family: 'product', words: ['shoe', 'sneaker', 'trainer', 'running shoe', 'boot'], signs: ['鞋'] },
  bottle: {
    family: 'product',
    words: ['bottle', 'perfume', 'perfume bottle', 'wine bottle', 'wine', 'cosmetic', 'shampoo', 'packaging'],
    signs: ['瓶'],
  },
  planet: {
    family: 'space',
    words: ['planet', 'saturn', 'mars', 'jupiter', 'earth', 'globe'],
    signs: ['行星', '地球'],
  },
} as const satisfies Record<string, SubjectEntry>;

export type SubjectKind = keyof typeof subjectTable;

export function familyOf(kind: SubjectKind): SubjectFamily {
  return subjectTable[kind].family;
}
