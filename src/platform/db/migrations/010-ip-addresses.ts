import type { Migration } from './migrations.ts';

/** IP addresses are called so, unlike addresses of pages. */
export const ipAddressesMigration: Migration = {
  name: 'ip-addresses',
  sql: `
alter table audit_entries rename column address to ip;
alter table sessions rename column address to ip;
alter table token_families rename column address to ip;
update limits set name = 'requests_ip' where name = 'requests_address';
delete from throttles where key like 'address:%';
`,
};
