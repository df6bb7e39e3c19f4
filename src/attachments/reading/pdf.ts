import { getDocumentProxy } from 'unpdf';
import type { ReadingJob } from './worker.ts';

export type PdfResult =
  /** One text for each page. */
  | { outcome: 'read'; kind: 'pdf'; pages: string[] }
  | { outcome: 'encrypted' | 'unreadable' }
  | { outcome: 'too_many_pages'; pages: number }
  | { outcome: 'too_much_text' };

type PdfJob = Extract<ReadingJob, { kind: 'pdf' }>;
type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;

/** The text of a PDF, page by page, within limits. */
export async function readPdf({ bytes, maxPages, maxCharacters }: PdfJob): Promise<PdfResult> {
  try {
    // Silent: what is odd about the files of others is nothing for the output of the server.
    const document = await getDocumentProxy(bytes, { verbosity: 0, stopAtErrors: false });
    if (document.numPages > maxPages) return { outcome: 'too_many_pages', pages: document.numPages };
    const pages: string[] = [];
    let length = 0;
    for (let number = 1; number <= document.numPages; number++) {
      const text = await textOfPage(document, number);
      length += text.length;
      if (length > maxCharacters) return { outcome: 'too_much_text' };
      pages.push(text);
    }
    return { outcome: 'read', kind: 'pdf', pages };
  } catch (error) {
    const isLocked = (error as Error).name === 'PasswordException';
    return { outcome: isLocked ? 'encrypted' : 'unreadable' };
  }
}

async function textOfPage(document: PdfDocument, number: number): Promise<string> {
  const page = await document.getPage(number);
  const { items } = await page.getTextContent();
  page.cleanup();
  return items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('');
}
