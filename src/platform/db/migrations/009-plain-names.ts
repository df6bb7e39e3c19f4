import type { Migration } from './migrations.ts';

/** Columns and values get the names that the rest of Salon uses for what they hold. */
export const plainNamesMigration: Migration = {
  name: 'plain-names',
  sql: `
alter table audit_entries rename column door to auth_method;
alter table ledger_entries rename column door to auth_method;
alter table ledger_entries rename column pictures to images;
alter table prices rename column picture_micros to image_micros;
update ledger_entries set purpose = 'image' where purpose = 'picture';
update jobs set input = json_remove(json_set(input, '$.authMethod', input ->> '$.door'), '$.door')
  where json_type(input, '$.door') is not null;

-- A constraint cannot be changed, so the column is made anew.
drop index messages_prompts;
alter table messages add column new_kind text not null default 'text' check (new_kind in ('text', 'image'));
update messages set new_kind = 'image' where kind = 'picture';
alter table messages drop column kind;
alter table messages rename column new_kind to kind;
create index messages_prompts on messages (owner_id, created_at, id) where role = 'user' and kind = 'text';
`,
};
