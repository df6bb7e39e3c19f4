import { invalid } from '../lib/errors.ts';

const MAX_NAME_CHARACTERS = 64;

/** One account per name, whatever its case and Unicode form. */
export function nameKey(username: string): string {
  // Upper case first folds what lower case alone keeps apart, such as the two forms of a small sigma.
  return username.normalize('NFKC').trim().toUpperCase().toLowerCase().normalize('NFKC');
}

/** @throws AppError `invalid`: empty, over 64 characters, or with characters that cannot be seen */
export function cleanName(raw: string): string {
  const name = raw.normalize('NFC').trim();
  if (name === '') throw invalid('username', 'required');
  if (Array.from(name).length > MAX_NAME_CHARACTERS)
    throw invalid('username', 'too_long', { max: MAX_NAME_CHARACTERS });
  if (/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u.test(name) || /\s{2}/.test(name))
    throw invalid('username', 'name_characters');
  return name;
}
