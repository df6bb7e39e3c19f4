import type { ManagedUser } from '../../accounts/accounts.ts';
import { iso } from '../../lib/time.ts';

export type Standing = 'being_deleted' | 'suspended' | 'active';

/** A person as administrators get them: no hash, no IP address, nothing they wrote. */
export function personJson(person: ManagedUser) {
  return {
    id: person.id,
    username: person.username,
    role: person.role,
    suspended: person.isSuspended,
    being_deleted: person.isBeingDeleted,
    created_at: iso(person.createdAt),
    last_seen_at: person.lastSeenAt === null ? null : iso(person.lastSeenAt),
    version: person.version,
  };
}

/** What happened, by the `?done=` of the URL that a form leads to. */
export const peopleNotices: ReadonlyMap<string, string> = new Map([
  ['saved', 'people.saved'],
  ['signed_out', 'people.signed_out'],
  ['deleted', 'people.deleted'],
  ['being_deleted', 'people.deletion_continues'],
]);

/** How an account stands, as a key under `people.` in the word files. */
export function standingOf({ isBeingDeleted, isSuspended }: ManagedUser): Standing {
  if (isBeingDeleted) return 'being_deleted';
  return isSuspended ? 'suspended' : 'active';
}

/** How the audit log names what a change did. */
export function changeNames(change: {
  role?: 'user' | 'admin' | undefined;
  suspended?: boolean | undefined;
}): string[] {
  return [
    ...(change.role === undefined ? [] : [change.role === 'admin' ? 'person.promote' : 'person.demote']),
    ...(change.suspended === undefined ? [] : [change.suspended ? 'person.suspend' : 'person.resume']),
  ];
}
