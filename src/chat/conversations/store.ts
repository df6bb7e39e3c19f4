import { columnUpdates, flagValue } from '../../platform/db/column-updates.ts';
import type { Db } from '../../platform/db/db.ts';

/** What can be changed of a conversation; what is undefined stays as it is. */
export type ConversationColumns = {
  title?: string | undefined;
  model?: string | null | undefined;
  systemPrompt?: string | null | undefined;
  summary?: string | null | undefined;
  /** As JSON. */
  parameters?: string | undefined;
  /** As JSON, merged into the parameters; null in it removes one. */
  parameterChange?: string | undefined;
  pinned?: boolean | undefined;
  archived?: boolean | undefined;
};

const ownedAndKept = 'id = ? and owner_id = ? and deleted_at is null';

export const statements = {
  setTitle: `update conversations set title = ?, title_is_own = 1 where ${ownedAndKept}`,
  setModel: `update conversations set model = ? where ${ownedAndKept}`,
  setSystemPrompt: `update conversations set system_prompt = ? where ${ownedAndKept}`,
  setSummary: `update conversations set summary = ? where ${ownedAndKept}`,
  setParameters: `update conversations set parameters = ? where ${ownedAndKept}`,
  changeParameters: `update conversations set parameters = json_patch(parameters, ?) where ${ownedAndKept}`,
  setPinned: `update conversations set pinned = ? where ${ownedAndKept}`,
  setArchived: `update conversations set archived = ? where ${ownedAndKept}`,
} as const;

/** Changes of a conversation, each column by a statement of its own. */
export function createConversationStore(db: Db) {
  return {
    /** Writes the given columns and no others. @throws AppError `not_found` */
    change: (id: string, ownerId: string, change: ConversationColumns) =>
      db.batch(
        columnUpdates(
          [
            [statements.setTitle, change.title],
            [statements.setModel, change.model],
            [statements.setSystemPrompt, change.systemPrompt],
            [statements.setSummary, change.summary],
            [statements.setParameters, change.parameters],
            [statements.changeParameters, change.parameterChange],
            [statements.setPinned, flagValue(change.pinned)],
            [statements.setArchived, flagValue(change.archived)],
          ],
          [id, ownerId],
        ),
      ),
  };
}

export type ConversationStore = ReturnType<typeof createConversationStore>;
