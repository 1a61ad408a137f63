/** Words that every reader fills differently, by what they are said of, each with words that say something. */

export type VagueCategory = 'lighting' | 'style' | 'composition' | 'quality';

export interface VagueWord {
  /** Lower case, single blanks between words. */
  readonly phrase: string;
  readonly category: VagueCategory;
  /** What to say in its place: concrete, and itself without findings. */
  readonly instead: readonly string[];
  /** Words behind it that give it a meaning of its own: "cool blue". */
  readonly unlessBefore?: readonly string[];
}

/** `phrase / phrase = alternative; alternative`, a line each. */
const LIGHTING = `
nice lighting / nice light = soft window light from the left; low evening sun from behind
good lighting / good light = even light from a large softbox above; open shade at noon
great lighting / great light = low sun from the right, long shadows; one large window behind the camera
perfect lighting / perfect light = softbox at 45 degrees, white reflector opposite; overcast daylight without hard shadows
beautiful lighting / beautiful light = golden hour sun from the right; candlelight from below
amazing lighting / amazing light / stunning lighting / stunning light = shafts of sun through mist; backlight through leaves
dramatic lighting / dramatic light = one hard side light, deep shadows; a rim light against a black ground
moody lighting / moody light / mood lighting = one lamp in a dark room; blue dusk with a single lit window
cinematic lighting / cinematic light = warm key light from the left, cool fill from the right; backlight through thin haze
professional lighting = softbox at 45 degrees, reflector opposite; three-point studio light
atmospheric lighting / atmospheric light = lanterns glowing in fog; sunbeams through dust
ambient lighting / ambient light = even light of an overcast sky; the glow of street lamps on wet asphalt
magical lighting / magical light = fireflies and one glowing lantern; moonlight with a faint blue rim
epic lighting / epic light = sun breaking through storm clouds; low red sun behind the ridge
interesting lighting / interesting light = light through a slatted blind; half the face lit from a doorway
cool lighting = blue neon from the left; cold moonlight from above
dynamic lighting = a hard key light from the left and a red rim light from behind; headlights sweeping across the wall
ethereal lighting / ethereal light = pale backlight through fog; overexposed window light behind thin curtains
realistic lighting = daylight from one window with soft shadows; noon sun with short shadows
romantic lighting / romantic light = a row of candles on the table; string lights at dusk
spooky lighting / spooky light = a torch held below the chin; green moonlight through branches
special lighting / unique lighting = ultraviolet light on white chalk; light from a fridge door in the dark
well lit / well-lit = evenly lit from above; lit by two large windows
poorly lit / badly lit = lit by a single candle; dark but for one phone screen
vibrant lighting = magenta neon from the left, cyan from the right; saturated stage lights
fantastic lighting = aurora light on snow; low sun through a rain shower
`;

const STYLE = `
artistic / artistic style = loose watercolour; charcoal drawing on grey paper
cool style / awesome style / nice style = screen print in three colours; ink drawing with heavy black areas
modern style / modern look / contemporary style = flat vector in three colours; grid-based poster with one large shape
traditional style / classic style / classical style = oil on canvas in the manner of the Dutch 17th century; egg tempera on wood
vintage style / vintage look / old style = faded 1970s colour slide; hand-tinted postcard of 1910
retro / retro style = screen-printed 1950s travel poster; 8-bit pixel art
old-fashioned = copperplate engraving; sepia photograph of 1890
futuristic / futuristic style = brushed steel and glass, thin blue light lines; white moulded plastic with rounded edges
stylish / trendy / fancy = charcoal linen suit and brass buttons; two flat colours and one thin line
elegant = thin black lines on ivory paper; dark green velvet and a single pearl
aesthetic = muted pastel palette on film grain; two-colour risograph
stylized / stylised = flat shapes without outlines; large heads and simplified hands
creative / creative style / unique style = cut-paper collage; photograph with drawn chalk lines over it
realistic style / realistic look = 35mm photograph, natural skin texture; photograph at eye level with a 50mm lens
fantasy style = painted book cover in oil; pen drawing with watercolour wash
digital art = flat vector illustration; hard-edged gouache look with visible layers
cinematic / cinematic look / cinematic style / movie style = anamorphic film still with teal shadows; 16mm film still with heavy grain
quirky / edgy / funky = crooked ink lines and mismatched colours; torn-paper collage
cute = round shapes and large dark eyes; short legs and an oversized head
luxurious / luxury / high-end / premium = black marble and brushed brass; deep green velvet with gold thread
rustic = unpainted oak boards and iron nails; clay plaster and linen
exotic = carved teak and red lacquer; palm leaves and indigo cloth
oriental style / asian style = Edo-period woodblock print; Song-dynasty ink landscape
european style = Delft blue tile painting; half-timbered houses with red tiles
colorful / colourful = red, cobalt blue and yellow; six flat colours without gradients
vibrant colors / vibrant colours / bright colors / bright colours = saturated red and cobalt blue on white; orange against deep teal
nice colors / nice colours / beautiful colors / beautiful colours = ochre, sage and off-white; rose, slate blue and cream
hand-drawn look = pencil on cream paper; felt-tip lines with uneven ink
good style / different style = linocut in two colours; gouache with visible brush marks
gritty = high-contrast black and white with coarse grain; rusted metal and wet concrete
`;

const COMPOSITION = `
nice composition / good composition / great composition = subject in the left third, empty sky on the right; subject centred, equal space on both sides
perfect composition / beautiful composition = a diagonal from the lower left to the upper right; three layers: reeds, water, hills
interesting composition / cool composition = seen through a doorway; subject small in the lower right corner
dynamic composition = a diagonal from the lower left to the upper right; tilted horizon, subject leaving the frame
balanced composition = subject centred, equal space on both sides; one large shape left, two small ones right
interesting angle / cool angle / nice angle / good angle = low angle from knee height; straight down from above
unique angle / creative angle / different angle / unusual angle = from below through a glass floor; over the shoulder
unique perspective / interesting perspective / different perspective = from the ground, looking up; straight down from above
nice view / beautiful view / great view / amazing view = wide view from a hill, river below; view through an open window
nice background / beautiful background / cool background = plain light grey wall; out-of-focus birch trunks
interesting background / great background / amazing background = a tiled wall in two greens; a shelf of blue jars
simple background / good background = plain off-white paper; seamless grey studio backdrop
good framing / nice framing = head and shoulders, eyes in the upper third; full figure with space above
dynamic pose / cool pose / action pose = mid-leap, arms stretched; turning, one foot off the ground
nice pose / good pose = standing, hands in pockets; sitting, chin on one hand
a lot of / lots of / a bunch of / tons of = about twenty; two rows of
various / all kinds of / all sorts of = three kinds of; five different
stuff / things = a kettle and two cups; three books and a lamp
something / something like that = a brass telescope; a folded map
etc / and so on = and one teapot; and a coil of rope
somewhere = on the left; beside the door
good proportions / nice proportions = head one seventh of the height; length three times the width
in the scene / in the picture / in the image = in the middle distance; on the table
`;

const QUALITY = `
beautiful / gorgeous / lovely = with dew on every petal; with clean, simple lines
stunning / breathtaking / amazing / awesome = towering above the clouds; reflected in still water
incredible / wonderful / fantastic = carved from one piece of wood; covered in tiny mirrors
magnificent / spectacular / impressive = as tall as the church behind it; with a wall of snow rising behind
flawless / immaculate = smooth and evenly coloured; without a scratch on the lacquer
perfect = evenly round; exactly symmetrical @ circle sphere square cube symmetry oval
epic = seen from far below, filling the sky; with an army of lanterns in the valley
nice = freshly painted; neatly folded
interesting / eye-catching / attractive = striped in red and white; twice as large as the others
unique = with one blue eye and one brown; with a spiral handle
magical / mystical = glowing faintly from inside; floating a hand above the ground
cool = in a scuffed leather jacket; with mirrored glasses @ light lighting tone tones blue blues grey gray green shadow shadows white fill air water colour colours color colors palette morning evening breeze
best quality / high quality / highest quality / top quality / good quality / great quality = fine grain, no compression marks; crisp edges and even tones
high-quality = finely printed; tightly woven
masterpiece = oil on canvas with visible brush strokes; finished in fine glazes
award-winning / award winning / prize-winning = shot on medium format film; with one clear point of focus
trending on artstation / artstation / trending = painted with broad opaque strokes; with hard-edged shapes
4k / 8k / 16k / uhd / ultra hd / hd / full hd = fine texture down to single hairs; crisp edges
high resolution / high-resolution / highres / hi-res / high definition / high-definition = fine texture down to single fibres; crisp edges
hyper detailed / hyperdetailed / hyper-detailed / ultra detailed / ultra-detailed = every leaf vein visible; single hairs and stitches visible
highly detailed / extremely detailed / super detailed / very detailed / insanely detailed = weathered bark and moss; visible stitching and worn edges
intricate details / intricate detail / rich details / fine details / lots of detail = carved vines along the frame; visible stitching and worn edges
ultra realistic / ultra-realistic / super realistic / hyper realistic / very realistic = 35mm photograph, natural skin texture; photograph with visible pores and stray hairs
unreal engine / octane render / unreal engine 5 / octane = 3d render with soft shadows; clay render under a softbox
professional photo / professional photograph / professional photography / professional quality = photograph on an 85mm lens at f/2; studio photograph on a grey backdrop
professional looking / professional-looking = evenly lit on a plain grey backdrop; set in one typeface on a grid
insane / insanely / mind-blowing / jaw-dropping = ten storeys high; made of ten thousand paper cranes
very nice / really nice / super cool / so beautiful = freshly painted in two blues; polished to a mirror finish
good looking / good-looking / nice looking / nice-looking = with grey eyes and a short beard; with clean, simple lines
`;

const HAN = `
唯美 | style = 淡彩水墨，大面积留白; 低饱和胶片照片
好看 | quality = 线条简洁，只有两种颜色; 釉面光滑的青瓷
漂亮 | quality = 穿靛蓝色棉布衣; 花瓣上挂着露珠
美丽 | quality = 花瓣上挂着露珠; 倒映在平静的水面上
精美 | quality = 边缘雕刻缠枝纹; 金线绣边
精致 | quality = 可见细密的针脚; 薄胎白瓷
完美 | quality = 左右完全对称; 表面没有划痕
震撼 | quality = 比身后的山峰还高; 占满整个天空
惊艳 | quality = 一袭红衣立于雪地; 倒映在平静的水面上
绝美 | quality = 云海之上的山峰; 花瓣上挂着露珠
超美 | quality = 花瓣上挂着露珠; 云海之上的山峰
很美 | quality = 倒映在平静的水面上; 花瓣上挂着露珠
高质量 | quality = 边缘清晰，色调均匀; 细颗粒，没有压缩痕迹
高品质 | quality = 边缘清晰，色调均匀; 细密织纹
最佳质量 | quality = 边缘清晰，色调均匀; 细颗粒，没有压缩痕迹
高清 | quality = 可见单根发丝; 边缘清晰
超清 | quality = 可见单根发丝; 边缘清晰
超高清 | quality = 可见单根发丝; 边缘清晰
杰作 | quality = 布面油画，笔触可见; 薄层罩染
大师级 | quality = 布面油画，笔触可见; 薄层罩染
大师作品 | quality = 布面油画，笔触可见; 薄层罩染
细节丰富 | quality = 可见树皮裂纹和苔藓; 可见针脚和磨损的边角
超多细节 | quality = 可见树皮裂纹和苔藓; 可见针脚和磨损的边角
极致细节 | quality = 每片叶脉都清晰; 可见针脚和磨损的边角
有意境 | style = 水墨画，远山只有轮廓; 大面积留白，一只小船
高级感 | style = 黑色大理石配黄铜; 米白色亚麻，单一光源
大气 | style = 大面积留白，主体占画面三分之一; 横幅构图，地平线很低
时尚 | style = 炭灰色亚麻西装; 两种平涂色块加一条细线
现代风格 | style = 三色扁平矢量; 网格版式海报
艺术感 | style = 灰纸炭笔素描; 湿画法水彩
电影感 | style = 宽银幕胶片剧照，青色阴影; 16毫米胶片，颗粒粗
梦幻感 | style = 薄雾，淡紫色逆光; 双重曝光照片
科技感 | style = 拉丝钢和玻璃，细蓝光线条; 白色圆角塑料外壳
国风 | style = 宋代山水水墨画; 工笔重彩
氛围感 | lighting = 窗边侧光，房间较暗; 雾中灯笼的光
光线好 | lighting = 左侧窗户的柔光; 阴天的均匀天光
光影效果 | lighting = 右侧低角度夕阳，长影子; 百叶窗投下的条纹光
戏剧性光线 | lighting = 单侧硬光，阴影很深; 黑底轮廓光
电影级光影 | lighting = 左侧暖主光，右侧冷补光; 薄雾中的逆光
好的构图 | composition = 主体在左三分之一，右侧留白; 主体居中，两侧等距
完美构图 | composition = 左下到右上的对角线; 前景芦苇，中景水面，远景山
构图完美 | composition = 左下到右上的对角线; 前景芦苇，中景水面，远景山
独特视角 | composition = 贴近地面仰视; 正上方俯视
很多 | composition = 约二十个; 两排
各种 | composition = 三种; 五种
一些 | composition = 三个; 两三个
`;

const english = (category: VagueCategory, table: string): readonly VagueWord[] =>
  rowsOf(table).flatMap(([phrases, rest]) => {
    const [alternatives = '', exceptions] = rest.split('@');
    const unlessBefore = exceptions?.trim().split(/\s+/);
    return phrases.split(' / ').map((phrase) => ({
      phrase: phrase.trim(),
      category,
      instead: splitAlternatives(alternatives),
      ...(unlessBefore === undefined ? {} : { unlessBefore }),
    }));
  });

const CATEGORIES: readonly VagueCategory[] = ['lighting', 'style', 'composition', 'quality'];

const chinese: readonly VagueWord[] = rowsOf(HAN).map(([head, rest]) => {
  const [phrase = '', name = ''] = head.split(' | ').map((part) => part.trim());
  const category = CATEGORIES.find((one) => one === name) ?? 'quality';
  return { phrase, category, instead: splitAlternatives(rest) };
});

export const VAGUE_WORDS: readonly VagueWord[] = [
  ...english('lighting', LIGHTING),
  ...english('style', STYLE),
  ...english('composition', COMPOSITION),
  ...english('quality', QUALITY),
  ...chinese,
];

function rowsOf(table: string): readonly (readonly [string, string])[] {
  return table
    .split('\n')
    .filter((line) => line.includes(' = '))
    .map((line) => {
      const at = line.indexOf(' = ');
      return [line.slice(0, at), line.slice(at + 3)] as const;
    });
}

function splitAlternatives(text: string): readonly string[] {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
