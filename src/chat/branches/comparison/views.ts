import { iso } from '../../../lib/time.ts';
import { attachmentView } from '../../../attachments/attachments.ts';
import type { Passage } from '../../../lib/text-comparison/compare-texts.ts';
import type { Message } from '../../messages.ts';
import { messageJson } from '../../json-views.ts';
import { variantLabel } from '../../page/message-forms/message-forms.ts';
import { sentenceOf, type Translate } from '../../views.ts';
import type { Comparison } from './comparison.ts';

/** `remark`: what there is to say about the two; the passages are marked where it is null. */
export type ComparisonView = ReturnType<typeof comparisonView>;

/** Two versions side by side, as the page draws them. */
export function comparisonView(found: Comparison, t: Translate) {
  const { conversation, versions, one, other } = found;
  const url = `/conversations/${conversation.id}`;
  const options = versions.map(({ id, model, branch_name: name, created_at: createdAt }, index) => ({
    id,
    names: [t('comparison.version', { number: index + 1 }), name, model].filter(Boolean),
    createdAt,
  }));
  const remark = remarkOf(found);
  const passagesOf = (message: Message, passages: readonly Passage[] = []) =>
    remark === null ? passages : [{ text: message.content, isShared: true }];
  const side = (message: Message, passages: readonly Passage[] | undefined) => ({
    id: message.id,
    number: versions.findIndex(({ id }) => id === message.id) + 1,
    url: `${url}?at=${message.id}#message-${message.id}`,
    model: message.model,
    createdAt: message.createdAt,
    variant: variantLabel(message, t),
    note: sentenceOf(message, t),
    isImage: message.kind === 'image',
    attachments: message.attachments.map((attachment) => attachmentView(attachment, t)),
    passages: passagesOf(message, passages),
  });
  return {
    title: conversation.title,
    backUrl: `${url}?at=${one.id}#message-${one.id}`,
    action: `${url}/compare`,
    options,
    remark,
    isQuestion: one.role === 'user',
    one: side(one, found.passages?.one),
    other: side(other, found.passages?.other),
  };
}

type Remark = 'same' | 'other_files' | 'nothing_shared' | 'too_long';

function remarkOf({ one, other, passages }: Comparison): Remark | null {
  if (one.content === other.content) return filesOf(one) === filesOf(other) ? 'same' : 'other_files';
  if (!passages) return 'too_long';
  const all = [...passages.one, ...passages.other];
  return all.some(({ isShared, text }) => isShared && text.trim() !== '') ? null : 'nothing_shared';
}

const filesOf = ({ attachments }: Message) => attachments.map(({ id }) => id).join(' ');

/** The same as JSON. */
export function comparisonJson({ versions, one, other, passages }: Comparison, t: Translate) {
  const json = (list: readonly Passage[]) => list.map(({ text, isShared }) => ({ text, shared: isShared }));
  return {
    one: messageJson(one, t),
    other: messageJson(other, t),
    versions: versions.map(({ id, model, created_at: at }) => ({ id, model, created_at: iso(at) })),
    passages: passages && { one: json(passages.one), other: json(passages.other) },
  };
}
