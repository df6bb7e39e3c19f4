import type { Dice } from './dice.ts';
import type { Account, Journal, Reader, Send, SendKind } from './journal.ts';

/** How the model server behaves to a question: mostly sound, at any pace, sometimes not. */
const texts = [
  [30, (dice: Dice) => `n=${dice.whole(1, 12)}`],
  [45, (dice: Dice) => `n=${dice.whole(40, 200)} pause=${dice.whole(8, 30)}`],
  [6, (dice: Dice) => `n=${dice.whole(2, 40)} pause=5 finish=length`],
  [6, (dice: Dice) => `n=60 pause=5 cut=${dice.whole(1, 50)}`],
  [5, (dice: Dice) => `n=60 pause=5 die=${dice.whole(1, 50)}`],
  [4, () => 'n=30 pause=10 fail=1'],
] as const;
const images = [
  [80, (dice: Dice) => `ms=${dice.whole(0, 250)}`],
  [10, () => 'ms=20 half'],
  [10, () => 'ms=20 fail=1'],
] as const;

type AuditActor = { account: Account; dice: Dice; journal: Journal; name: string };

/** A new question or order of images, written down before it is sent. `conversationId` is for those that go on there. */
export function newSend(
  { account, dice, journal, name }: AuditActor,
  kind: SendKind,
  conversationId = '',
): Send {
  const key = `key-r${journal.state.round}-${name}-${journal.sends.length}`;
  const isImage = kind === 'image' || kind === 'studio';
  const words = dice.weighted<(dice: Dice) => string>(isImage ? images : texts)(dice);
  const content = `${key} of ${account.name}: tell me more, über Flüsse. [[${words}]]`;
  const clientId = `client-${key}`;
  const bodies: { [kind in SendKind]: Record<string, unknown> } = {
    start: { content, client_id: clientId },
    message: { content, client_id: clientId },
    stream: { content, client_id: clientId },
    image: { content, client_id: clientId, image: true },
    studio: {
      prompt: content,
      client_id: clientId,
      n: dice.whole(1, 2),
      format: dice.pick(['png', 'png', 'webp']),
    },
  };
  const paths: { [kind in SendKind]: string } = {
    start: '/conversations',
    message: `/conversations/${conversationId}/messages`,
    stream: `/conversations/${conversationId}/messages`,
    image: `/conversations/${conversationId}/messages`,
    studio: '/images',
  };
  const send: Send = {
    kind,
    round: journal.state.round,
    account,
    path: paths[kind],
    body: bodies[kind],
    clientId,
    key,
    isSound: !/cut|die|fail/.test(words),
    actions: 1,
    regenerations: 0,
    isAcknowledged: false,
    open: 0,
  };
  journal.sends.push(send);
  journal.note('send', { kind, clientId, account: account.name, path: send.path, body: send.body });
  return send;
}

export function newReader(journal: Journal, send: Send, replyId?: string): Reader {
  const reader: Reader = { send, replyId, text: '', lastId: undefined, marks: [] };
  journal.readers.push(reader);
  return reader;
}
