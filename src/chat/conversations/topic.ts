import { topicError, type Topic } from '../../web/event-topic.ts';
import { userOf } from '../../web/context.ts';
import { isChangePosition, type Chat } from '../chat.ts';
import type { ChatPages } from '../page/page.ts';
import { messageJson } from '../json-views.ts';

/** Conversations on `GET /events`: each message said or changed, as the message itself and as the page draws it. */
export function conversationTopic({ chat, chatPages }: { chat: Chat; chatPages: ChatPages }): Topic {
  return {
    kind: 'conversation',
    scope: 'chat',
    isPosition: isChangePosition,
    open: ({ req, id, position, send }) =>
      chat.followConversation(userOf(req), id, position, {
        async changed({ message, clientId, position: after }) {
          const html = await chatPages.partial(req, message);
          const content = { for: id, message: messageJson(message, req.t), html, client_id: clientId };
          send([{ event: 'message', data: JSON.stringify(content), position: after }]);
        },
        withdrawn(messageIds) {
          send([{ event: 'removed', data: JSON.stringify({ for: id, message_ids: messageIds }) }]);
        },
        titled: (title) => void send([{ event: 'title', data: JSON.stringify({ for: id, title }) }]),
        lost: (error) => void send([topicError(req, id, error)]),
      }),
  };
}
