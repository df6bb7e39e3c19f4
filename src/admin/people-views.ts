import type { Person } from '../accounts/accounts.ts';
import { iso } from '../lib/time.ts';

/** A person as administrators get them: no hash, no address, nothing they wrote. */
export function personJson(person: Person) {
  return {
    ...{ id: person.id, username: person.username, role: person.role, suspended: person.isSuspended },
    created_at: iso(person.createdAt),
    last_seen_at: person.lastSeenAt === null ? null : iso(person.lastSeenAt),
    version: person.version,
  };
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
