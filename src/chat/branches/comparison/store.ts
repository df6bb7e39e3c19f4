import type { Db } from '../../../platform/db/db.ts';

/** More versions than anybody chooses from. */
const MAX_VERSIONS = 200;

export const statements = {
  // Of one role: what goes on from an answer is compared with questions alone.
  versions: `select v.id, v.model, v.branch_name, v.created_at from messages m
    join messages v on v.parent_id = m.parent_id and v.owner_id = m.owner_id and v.role = m.role
    where m.id = ? and m.conversation_id = ? and m.owner_id = ? and m.role <> 'hidden'
    order by v.seq limit ${MAX_VERSIONS}`,
} as const;

export type VersionRow = {
  id: string;
  model: string | null;
  branch_name: string | null;
  created_at: number;
};

/** All versions of a message in the order of their making, itself among them; empty for one that is not there. */
export const findVersions = (db: Db, id: string, conversationId: string, ownerId: string) =>
  db.all<VersionRow>(statements.versions, [id, conversationId, ownerId]);
