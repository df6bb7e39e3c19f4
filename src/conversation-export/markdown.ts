import { attachmentPath, imagePath } from './json.ts';
import type { ExportedMessage } from './read-conversation.ts';
import type { AttachmentRow, ConversationRow, ImageRow } from './store.ts';

export type Translate = (key: string, params?: Record<string, unknown>) => string;

type Options = {
  t: Translate;
  /** The files stand beside the text, in the same archive. */
  hasFiles: boolean;
};

/** A branch as Markdown. What was written stands as it was written. */
export async function* markdownDocument(
  conversation: ConversationRow,
  messages: AsyncIterable<ExportedMessage>,
  options: Options,
): AsyncGenerator<string> {
  const { t } = options;
  yield `# ${plainLine(conversation.title) || t('conversation_export.untitled')}\n\n`;
  yield `${t('conversation_export.begun', { at: utcMinute(conversation.created_at) })}\n`;
  if (conversation.system_prompt)
    yield `\n## ${t('conversation_export.instructions')}\n\n${conversation.system_prompt}\n`;
  if (conversation.origin_summary) yield `\n## ${t('origins.summary')}\n\n${conversation.origin_summary}\n`;
  for await (const message of messages) {
    yield `\n## ${headingOf(message, t)}\n\n`;
    if (message.content !== '') yield `${message.content}\n`;
    for (const attachment of message.attachments) yield `\n${attachmentLine(attachment, options)}\n`;
    for (const image of message.images) yield `\n${imageLine(image, options)}\n`;
  }
}

/** Who says it, when, and which model. */
export function headingOf({ role, model, created_at: at }: ExportedMessage, t: Translate): string {
  const who = role === 'user' ? t('conversation_export.question') : t('conversation_export.answer');
  return [who, ...(model ? [model] : []), utcMinute(at)].join(' · ');
}

/** An instant to the minute, the same wherever the file is read. */
export const utcMinute = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function attachmentLine(attachment: AttachmentRow, { t, hasFiles }: Options): string {
  const name = linkText(attachment.name);
  const text = t('conversation_export.attachment', { name });
  return hasFiles && attachment.file_id !== null ? `[${text}](${attachmentPath(attachment)})` : `*${text}*`;
}

function imageLine({ filename, prompt, status }: ImageRow, { t, hasFiles }: Options): string {
  if (status !== 'ready' || filename === null) return `*${t('conversation_export.no_image')}*`;
  return hasFiles
    ? `![${linkText(prompt)}](${imagePath(filename)})`
    : `*${t('conversation_export.image', { filename })}*`;
}

const plainLine = (text: string) => text.replace(/\s+/g, ' ').trim();
const linkText = (text: string) => plainLine(text).replace(/[\\[\]*_`]/g, '\\$&');
