import { attachmentView } from '../../attachments/attachments.ts';
import type { ImageView } from '../../images/images.ts';
import { isLive, type Message } from '../messages.ts';
import { variantLabel } from '../page/message-forms/message-forms.ts';
import { sentenceOf, type Translate } from '../views.ts';

/** The text of a message: as HTML of the renderer, else as it is. */
export type MessageBody = { html: string | null; images: readonly ImageView[] };

export type DocumentMessageView = ReturnType<typeof documentMessageView>;

/** A message as a part of an article. `number` and `heading` are those of a question. */
export function documentMessageView(
  message: Message,
  t: Translate,
  { html, images, number, heading }: MessageBody & { number: number; heading: string },
) {
  const words = message.content.replace(/\s+/g, ' ').trim();
  const isQuestion = message.role === 'user';
  return {
    id: message.id,
    isQuestion,
    number,
    heading: heading || t('document.no_words'),
    // A question of one line is its own heading.
    text: isQuestion ? (words === heading ? '' : message.content) : '',
    html,
    plain: !isQuestion && html === null ? message.content : '',
    images: images.filter(({ thumb }) => thumb !== null),
    attachments: message.attachments.map((attachment) => attachmentView(attachment, t)),
    model: message.model,
    createdAt: message.createdAt,
    variant: variantLabel(message, t),
    note: isLive(message.status) ? t('document.unfinished') : sentenceOf(message, t),
  };
}
