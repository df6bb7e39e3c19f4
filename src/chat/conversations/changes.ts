import { AppError, isAppError, notFound } from '../../lib/errors.ts';
import { createTurns } from '../../lib/turns.ts';
import { channel, type Bus } from '../../platform/bus/bus.ts';
import {
  changePositionAt,
  formatChangePosition,
  hasChange,
  noteChange,
  parseChangePosition,
  type ChangePosition,
} from './change-position.ts';
import type { Actor } from '../../lib/actor.ts';
import type { Message } from '../messages.ts';
import type { ChatStore, MessageRow } from '../store.ts';

export type ConversationNews =
  | { type: 'changed'; messageIds: readonly string[] }
  /** Messages that are gone; the conversation stays. */
  | { type: 'withdrawn'; messageIds: readonly string[] }
  | { type: 'titled'; title: string }
  | { type: 'removed' };

/** What is said and changed in one conversation. */
const conversationChannel = channel<ConversationNews>('conversation');

/** A message that was said or changed; `clientId` is what its sender called it. */
export type MessageChange = { message: Message; clientId: string | null; position: string };

/** Where changes go, one after the other. */
export type ChangeSink = {
  changed(change: MessageChange): Promise<void>;
  withdrawn(messageIds: readonly string[]): void;
  titled(title: string): void;
  /** The last call: the conversation was removed, or cannot be read at the moment. */
  lost(error: AppError): void;
};

export type ChangeFollowing = { position: string; close(): void };

/** How many changes, the newest ones, a reader is told that comes back after a long time. */
const MAX_MISSED = 500;

type Deps = {
  store: ChatStore;
  bus: Bus;
  now: () => number;
  withSiblings(row: MessageRow): Promise<Message>;
};

/** Tells those who follow a conversation what is said and changed in it, from wherever. */
export function createConversationChanges({ store, bus, now, withSiblings }: Deps) {
  const publish = (id: string, news: ConversationNews) => bus.publish(conversationChannel(id), news);

  /** The position of a reader, as it gave it or else as of now, with the messages that it lacks, oldest first. */
  async function catchUp(actor: Actor, id: string, since: string | undefined) {
    const position = since === undefined ? undefined : parseChangePosition(since);
    const at = position?.at ?? now();
    const rows = await store.changedSince(id, actor.id, at, MAX_MISSED);
    if (!position) return { position: changePositionAt(at, rows), missed: [] };
    return { position, missed: rows.filter((row) => !hasChange(position, row)) };
  }

  /** Tells one reader what it lacks, and keeps in mind what it has. */
  function createReader(actor: Actor, sink: ChangeSink) {
    let position: ChangePosition | undefined;

    async function tell(row: MessageRow, reader: ChangePosition): Promise<void> {
      noteChange(reader, row);
      const message = await withSiblings(row);
      await sink.changed({ message, clientId: row.client_id, position: formatChangePosition(reader) });
    }

    return {
      hasBegun: () => position !== undefined,
      position: () => formatChangePosition(position ?? changePositionAt(now(), [])),

      async begin(id: string, since: string | undefined): Promise<void> {
        const found = await catchUp(actor, id, since);
        position = found.position;
        for (const row of found.missed) await tell(row, position);
      },

      /** `isEarly`: said before the look-up of `begin`, which may have found it. */
      async tellNews(messageIds: readonly string[], isEarly: boolean): Promise<void> {
        for (const messageId of messageIds) {
          const row = await store.findMessage(messageId, actor.id);
          if (row && position && !(isEarly && hasChange(position, row))) await tell(row, position);
        }
      },
    };
  }

  return {
    publishChange: (conversationId: string, messageIds: readonly string[]) =>
      publish(conversationId, { type: 'changed', messageIds }),
    publishWithdrawal: (conversationId: string, messageIds: readonly string[]) =>
      publish(conversationId, { type: 'withdrawn', messageIds }),
    publishTitle: (conversationId: string, title: string) =>
      publish(conversationId, { type: 'titled', title }),
    publishRemoval: (conversationId: string) => publish(conversationId, { type: 'removed' }),

    /**
     * Follows a conversation from a position, or from now on; what was missed is told before this resolves.
     * @throws AppError `not_found`
     */
    async follow(
      actor: Actor,
      id: string,
      since: string | undefined,
      sink: ChangeSink,
    ): Promise<ChangeFollowing> {
      if (!(await store.findConversation(id, actor.id))) throw notFound();
      const reader = createReader(actor, sink);
      const turns = createTurns((error) => sink.lost(toAppError(error)));
      const begun = turns.add(() => reader.begin(id, since));
      const unsubscribe = bus.subscribe(conversationChannel(id), (news) => {
        const isEarly = !reader.hasBegun();
        void turns.add(() => {
          if (news.type === 'removed') throw notFound();
          if (news.type === 'withdrawn') return Promise.resolve(sink.withdrawn(news.messageIds));
          if (news.type === 'titled') return Promise.resolve(sink.titled(news.title));
          return reader.tellNews(news.messageIds, isEarly);
        });
      });
      await begun;
      return {
        position: reader.position(),
        close() {
          unsubscribe();
          turns.stop();
        },
      };
    },
  };
}

export type ConversationChanges = ReturnType<typeof createConversationChanges>;

const toAppError = (error: unknown) =>
  isAppError(error) ? error : new AppError('unavailable', { cause: error });
