import { invalid } from '../../lib/errors.ts';

export const hasWordsOrFiles = (content: string, attachments: readonly string[]) =>
  content !== '' || attachments.length > 0;

/** A question has words or files. @throws AppError `invalid` for one with neither */
export function requireWordsOrFiles(content: string, attachments: readonly string[]): void {
  if (!hasWordsOrFiles(content, attachments)) throw invalid('content', 'required');
}
