import { randomCharacters } from '../lib/ids.ts';
import { utcStamp } from '../lib/time.ts';

const NAME_CHARACTERS = 8;
const endings: Record<string, string> = { jpeg: 'jpg' };

/** File name and path below the image folder; stamp in UTC, as the contract says. */
export function nameOf(format: string, at: number): { filename: string; path: string } {
  const stamp = utcStamp(at);
  const random = randomCharacters(NAME_CHARACTERS);
  const filename = `generated_image_${stamp.date}_${stamp.time}_${random}.${endings[format] ?? format}`;
  return { filename, path: `${stamp.year}/${stamp.month}/${filename}` };
}
