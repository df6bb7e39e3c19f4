import { cat, city, flower, forest, hills, mountains, sea, stars, sun, type Brush } from './motifs.ts';

export type SceneOptions = {
  prompt: string;
  width: number;
  height: number;
  isTransparent: boolean;
  random: () => number;
};

/** Hue in degrees of colour words, English and German. */
const hues: readonly [RegExp, number][] = [
  [/\b(red|rot|rote[sr]?|crimson)\b/i, 4],
  [/\b(orange|autumn|herbst)/i, 26],
  [/\b(yellow|gelb|gold)/i, 46],
  [/\b(green|grün|meadow|wiese)/i, 130],
  [/\b(teal|turquoise|türkis)/i, 176],
  [/\b(blue|blau|winter|ice|eis)/i, 212],
  [/\b(purple|violet|lila|violett)/i, 272],
  [/\b(pink|rosa|rose)\b/i, 334],
];

const motifs: readonly [RegExp, (brush: Brush) => string][] = [
  [/star|stern|night|nacht|galaxy|space|weltall/i, stars],
  [/\bsun|sonne|moon|mond|sunset|sunrise|morning|evening|abend|morgen/i, sun],
  [/mountain|berg|alp|peak|gipfel/i, mountains],
  [/\bsea|ocean|meer|lake|wasser|water|beach|strand|river|fluss|boat|boot|island|insel/i, sea],
  [/\b(city|stadt|town|skyline|house|haus|häuser|street|tower)/i, city],
  [/forest|wald|tree|baum|bäume|wood/i, forest],
  [/flower|blume|rose|tulip|garden|garten|blossom|blüte/i, flower],
  [/\bcat|katze|kater|kitten/i, cat],
];

/** An image of the prompt as SVG of our own making; nothing of the prompt's text stands in it. */
export function scene({ prompt, width, height, isTransparent, random }: SceneOptions): string {
  const hue = hues.find(([words]) => words.test(prompt))?.[1] ?? Math.floor(random() * 360);
  const isNight = /night|nacht|moon|mond|star|stern|dark|dunkel/i.test(prompt);
  const brush: Brush = { width, height, hue, isNight, random };
  const named = motifs.filter(([words]) => words.test(prompt)).map(([, draw]) => draw);
  const landscape = [sun, random() < 0.5 ? mountains : hills, random() < 0.5 ? sea : forest];
  const drawn = (named.length > 0 ? named : landscape).map((draw) => draw(brush));
  const ground =
    named.some((draw) => draw !== stars && draw !== sun) || named.length === 0 ? '' : hills(brush);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${isTransparent ? '' : sky(brush)}${drawn.join('\n')}${ground}</svg>`;
}

function sky({ hue, isNight }: Brush): string {
  const [top, middle, low] = isNight
    ? [`hsl(${hue} 45% 9%)`, `hsl(${hue} 42% 18%)`, `hsl(${(hue + 30) % 360} 40% 32%)`]
    : [`hsl(${hue} 62% 66%)`, `hsl(${hue} 66% 80%)`, `hsl(${(hue + 36) % 360} 80% 91%)`];
  return `<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
<stop offset="0" stop-color="${top}"/><stop offset=".55" stop-color="${middle}"/><stop offset="1" stop-color="${low}"/>
</linearGradient></defs><rect width="100%" height="100%" fill="url(#sky)"/>`;
}
