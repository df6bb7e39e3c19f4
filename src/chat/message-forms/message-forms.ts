import type { Request } from 'express';
import type { NewId } from '../../lib/ids.ts';
import type { Message } from '../chat.ts';
import type { Failed } from '../composer/page.ts';

/** A form that stands in the place of a message. */
export type EditForm = {
  action: string;
  clientId: string;
  text: string;
  error: string | null;
  cancelUrl: string;
};

/** Where a form for a message is drawn without scripts: on the branch of that message. */
export const editUrl = ({ id, conversationId }: Pick<Message, 'id' | 'conversationId'>) =>
  `/conversations/${conversationId}?at=${id}&edit=${id}#message-${id}`;

/** Only a question in words has other words; an image is changed where images are made. */
export const canEdit = ({ role, kind }: Pick<Message, 'role' | 'kind'>) => role === 'user' && kind === 'text';

/** The form that edits a question, filled with what was typed before when that could not be taken. */
export function editForm(req: Request, message: Message, newId: NewId, failed?: Failed): EditForm {
  const { id, conversationId, content } = message;
  return {
    action: `/messages/${id}/edit`,
    clientId: newId(),
    text: failed?.text ?? content,
    error: failed ? req.t(`errors.${failed.error.code}`, failed.error.params) : null,
    cancelUrl: `/conversations/${conversationId}?at=${id}#message-${id}`,
  };
}

/** The same, empty: a script fills in which message it is for. */
export const blankEditForm: EditForm = { action: '', clientId: '', text: '', error: null, cancelUrl: '' };
