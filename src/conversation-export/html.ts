import { escapeHtml } from '../lib/text.ts';
import { headingOf, utcMinute, type Translate } from './markdown.ts';
import type { ExportedMessage } from './read-conversation.ts';
import type { ConversationRow, ImageRow } from './store.ts';
import { styles } from './styles.ts';

type Options = {
  t: Translate;
  language: string;
  /** The HTML of a text in Markdown; undefined when it cannot be rendered within the limits. */
  render(text: string): Promise<string | undefined>;
  /** A small copy of an image as a `data:` URL; undefined when there is none or it is too large. */
  inlineImage(image: { fileId: string | null; format: string }): Promise<string | undefined>;
};

/** Even if something slipped through the renderer, a reader of this file would run and load nothing. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** A branch as one HTML file that needs nothing else: styles and small copies of images are in it, scripts are not. */
export async function* htmlDocument(
  conversation: ConversationRow,
  messages: AsyncIterable<ExportedMessage>,
  options: Options,
): AsyncGenerator<string> {
  const { t, language } = options;
  const title = escapeHtml(conversation.title || t('conversation_export.untitled'));
  yield `<!doctype html>\n<html lang="${language}">\n<head>\n<meta charset="utf-8">\n`;
  yield `<meta http-equiv="Content-Security-Policy" content="${POLICY}">\n`;
  yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n';
  yield `<title>${title}</title>\n<style>${styles}</style>\n</head>\n<body>\n<main>\n<h1 dir="auto">${title}</h1>\n`;
  yield `<p class="note">${escapeHtml(t('conversation_export.begun', { at: utcMinute(conversation.created_at) }))}</p>\n`;
  if (conversation.system_prompt)
    yield section(t('conversation_export.instructions'), conversation.system_prompt);
  if (conversation.origin_summary) yield section(t('origins.summary'), conversation.origin_summary);
  for await (const message of messages) yield* article(message, options);
  yield '</main>\n</body>\n</html>\n';
}

/** What models are told before all messages. */
function section(heading: string, text: string): string {
  return `<section class="instructions"><h2>${escapeHtml(heading)}</h2><div class="plain" dir="auto">${escapeHtml(text)}</div></section>\n`;
}

async function* article(message: ExportedMessage, options: Options): AsyncGenerator<string> {
  const { t, render } = options;
  yield `<article class="${message.role}"><h2>${escapeHtml(headingOf(message, t))}</h2>\n`;
  const html = message.role === 'user' || message.content === '' ? undefined : await render(message.content);
  if (html !== undefined) yield `<div dir="auto">${html}</div>\n`;
  else if (message.content !== '')
    yield `<div class="plain" dir="auto">${escapeHtml(message.content)}</div>\n`;
  for (const attachment of message.attachments) {
    const source =
      attachment.kind === 'image'
        ? await options.inlineImage({
            fileId: attachment.file_id,
            format: attachment.type.split('/')[1] ?? '',
          })
        : undefined;
    const note = t('conversation_export.attachment', { name: attachment.name });
    yield source ? imageTag(source, attachment.name) : noteTag(note);
  }
  for (const image of message.images) yield await imageOf(image, options);
  yield '</article>\n';
}

async function imageOf(image: ImageRow, { t, inlineImage }: Options): Promise<string> {
  const isReady = image.status === 'ready';
  const source = isReady ? await inlineImage({ fileId: image.file_id, format: image.format }) : undefined;
  if (source) return imageTag(source, image.prompt);
  const { filename } = image;
  return noteTag(
    isReady && filename ? t('conversation_export.image', { filename }) : t('conversation_export.no_image'),
  );
}

const imageTag = (source: string, text: string) => `<p><img src="${source}" alt="${escapeHtml(text)}"></p>\n`;
const noteTag = (text: string) => `<p class="note" dir="auto">${escapeHtml(text)}</p>\n`;
