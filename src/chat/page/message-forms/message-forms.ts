import type { NewId } from '../../../lib/ids.ts';
import { excerpt } from '../../../lib/text.ts';
import type { Message } from '../../chat.ts';
import type { Failed } from '../composer/page.ts';
import type { Tray } from '../tray/page.ts';

/** Stands in the place of a question. */
export type EditForm = {
  action: string;
  clientId: string;
  text: string;
  error: string | null;
  cancelUrl: string;
  /** The question is not sent yet: it is changed, and no version is made. */
  isWaiting: boolean;
  /** null: the script of the page fills it. */
  tray: Tray | null;
};
/** Stands below an answer. */
export type AgainForm = { action: string; hint: string; error: string | null; cancelUrl: string };
type Translate = (key: string, params?: Record<string, unknown>) => string;
type FormState = {
  newId: NewId;
  failed: Failed | undefined;
  error: string | null;
  isWaiting: boolean;
  tray: Tray;
};
type Place = Pick<Message, 'id' | 'conversationId'>;

const placeUrl = ({ id, conversationId }: Place, more = '') =>
  `/conversations/${conversationId}?at=${id}${more}#message-${id}`;

/** Where the form of a message is drawn without scripts: on its branch. */
export const formUrl = (message: Place) => placeUrl(message, `&form=${message.id}`);

/** Only a question in words has other words; an image is changed where images are made. */
export const canEdit = ({ role, kind }: Pick<Message, 'role' | 'kind'>) => role === 'user' && kind === 'text';
const canAskAgain = ({ role, kind }: Message) => role === 'assistant' && kind === 'text';

/** The form that belongs to a message, filled with what was typed before when that could not be taken. */
export function messageForms(message: Message, { newId, failed, error, isWaiting, tray }: FormState) {
  const base = { error, cancelUrl: placeUrl(message) };
  const action = `/messages/${message.id}${isWaiting ? '' : '/edit'}`;
  const edit = { ...base, action, clientId: newId(), isWaiting, tray };
  const again = { ...base, action: `/messages/${message.id}/regenerate`, hint: failed?.text ?? '' };
  return {
    edit: canEdit(message) ? { ...edit, text: failed?.text ?? message.content } : null,
    again: canAskAgain(message) ? again : null,
  };
}

/** The same, empty: a script fills in which message they are for. */
export const blankForms: { edit: EditForm; waiting: EditForm; again: AgainForm } = {
  waiting: { action: '', clientId: '', text: '', error: null, cancelUrl: '', isWaiting: true, tray: null },
  edit: { action: '', clientId: '', text: '', error: null, cancelUrl: '', isWaiting: false, tray: null },
  again: { action: '', hint: '', error: null, cancelUrl: '' },
};

/** What was asked for with another answer, as a line above it; null for the first one and one that is simply another. */
export function variantLabel({ variant }: Message, t: Translate): string | null {
  if (!variant) return null;
  const label = t(`again.labels.${variant.kind}`);
  return variant.hint ? `${label}. ${t('again.hint_said', { hint: excerpt(variant.hint, 200) })}` : label;
}
