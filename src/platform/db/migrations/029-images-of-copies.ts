import type { Migration } from './migrations.ts';

/**
 * Which message an image was made in, also when that message is gone: a fork has copies of it, which show the image as long
 * as that is there.
 */
export const imagesOfCopiesMigration: Migration = {
  name: 'images-of-copies',
  sql: `
alter table images add column first_message_id text;
update images set first_message_id = message_id where message_id is not null;
create index images_first_message on images (first_message_id) where first_message_id is not null;
create trigger images_first_message after insert on images when new.message_id is not null begin
  update images set first_message_id = new.message_id where id = new.id;
end;
`,
};
