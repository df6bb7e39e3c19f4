import type { Request } from 'express';
import { isId, type NewId } from '../../../lib/ids.ts';
import { excerpt, withoutMarks } from '../../../lib/text.ts';
import { userOf } from '../../../web/context.ts';
import { textOf } from '../../../web/validation.ts';
import type { Chat, Conversation } from '../../chat.ts';

const EXCERPT_LENGTH = 120;

/** What a form that forks sends; the client id makes a second click find the first conversation. */
export type ForkButton = { url: string; messageId: string; clientId: string };
export type ForkForm = ForkButton & { words: string; role: 'user' | 'assistant'; title: string };

/** The form for the message that the query names, from whose menu one comes; null without one. */
export async function forkForm(
  req: Request,
  chat: Pick<Chat, 'getMessage'>,
  { id, title }: Pick<Conversation, 'id' | 'title'>,
  newId: NewId,
): Promise<ForkForm | null> {
  const messageId = textOf(req.query, 'fork');
  if (messageId === undefined || !isId(messageId)) return null;
  const { role, content, conversationId } = await chat.getMessage(userOf(req), messageId);
  if (conversationId !== id) return null;
  return {
    url: `/conversations/${id}/fork`,
    messageId,
    clientId: newId(),
    words: excerpt(withoutMarks(content.slice(0, 4 * EXCERPT_LENGTH)), EXCERPT_LENGTH),
    role,
    title: forkTitle(req, title),
  };
}

/** What a fork is called until its person gives it another title; the fork of a fork has the same one. */
export function forkTitle(req: Request, title: string): string {
  return title.startsWith(req.t('fork.title', { title: '' })) ? title : req.t('fork.title', { title });
}
