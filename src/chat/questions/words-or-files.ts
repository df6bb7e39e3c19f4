import { invalid } from '../../lib/errors.ts';

/** A question has words or files. @throws AppError `invalid` for one with neither */
export function requireWordsOrFiles(content: string, attachments: readonly string[]): void {
  if (content === '' && attachments.length === 0) throw invalid('content', 'required');
}
