type Part = { type: string; text?: string };

/** The text of a turn's content; '' for images and files. */
export const textIn = (content: string | readonly Part[]): string =>
  typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('');
