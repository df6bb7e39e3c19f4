import { isImage } from '../../platform/image-upload.ts';

/** The kinds of file that can be attached; HEIC becomes a JPEG. */
export type FoundKind = 'image' | 'heic' | 'pdf' | 'text';

/** What starts a HEIC file (ISO/IEC 23008-12, annex B): still images and sequences of HEVC. */
const heicBrands = ['heic', 'heix', 'hevc', 'hevx', 'mif1', 'msf1'];
/** A PDF may begin within the first 1,024 bytes (ISO 32000-1, annex H.3.4.1). */
const PDF_START_BYTES = 1024;

/** By its first bytes and never by its name; `text` is what is left, and may still turn out to be none. */
export function kindOf(bytes: Buffer): FoundKind {
  const isBoxed = bytes.toString('latin1', 4, 8) === 'ftyp';
  if (isImage(bytes)) return 'image';
  if (isBoxed && heicBrands.includes(bytes.toString('latin1', 8, 12))) return 'heic';
  return bytes.toString('latin1', 0, PDF_START_BYTES).includes('%PDF-') ? 'pdf' : 'text';
}
