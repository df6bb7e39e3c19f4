import type { Person } from '../support/chat.ts';
import { query } from '../support/database.ts';

export type EntryRow = {
  id: string;
  owner_id: string | null;
  auth_method: string;
  api_key_id: string | null;
  kind: 'chat' | 'image';
  purpose: string;
  subject_id: string | null;
  provider_id: string;
  model: string;
  attempt: number;
  status: 'reserved' | 'settled';
  outcome: string | null;
  error: string | null;
  prompt_tokens: number;
  completion_tokens: number;
  images: number;
  is_estimated: number;
  is_priced: number;
  reserved_micros: number;
  cost_micros: number;
  duration_ms: number | null;
  created_at: number;
  settled_at: number | null;
};

export const ledgerOf = (dir: string) =>
  query<EntryRow>(dir, 'select * from ledger_entries order by created_at, attempt, id');

export type JobJson = { id: string; status: string; error?: { code: string }; images: unknown[] };

/** Asks for images and waits for the end of their job. */
export async function images(person: Person, fields: object): Promise<JobJson> {
  const started = await person.call<{ job: JobJson }>('POST', '/images', fields);
  if (started.status !== 202) throw new Error(`${started.status} ${JSON.stringify(started.body)}`);
  return jobEnd(person, started.body.job.id);
}

export async function jobEnd(person: Person, id: string): Promise<JobJson> {
  for (;;) {
    const { body } = await person.call<JobJson>('GET', `/jobs/${id}`);
    if (!['queued', 'running'].includes(body.status)) return body;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** A question in a conversation of its own, answered to the end. */
export async function answered(person: Person, content: string, more: object = {}) {
  const { id, reply } = await person.begin({ content, ...more });
  const message = await person.ended(id, reply.id);
  return { id, reply: message };
}
