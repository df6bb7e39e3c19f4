import { constants, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LONG, seededFolder } from './seed.mjs';

/** Of the large account: `conversations` of ten messages each, and one more with thousands. */
export function largeSize({ quick }) {
  const messages = quick ? 100_000 : 1_000_000;
  return { messages, conversations: messages / 10 };
}

/** A folder of data with the large account, copied for this run: the seeded one stays as it is for the next. */
export const largeFolder = (setting) =>
  setting.shared('large account', async () => {
    const seeded = await seededFolder(setting, largeSize(setting).messages);
    const folder = join(setting.dir, 'large-account');
    rmSync(folder, { recursive: true, force: true });
    cpSync(seeded, folder, { recursive: true, mode: constants.COPYFILE_FICLONE });
    return folder;
  });

/**
 * A Salon with that account, its person signed in. `options` are those of `startSalon`.
 * @returns the server, the person's `cookie` and the path of the long conversation
 */
export async function startLarge(setting, options = {}) {
  const dataDir = await largeFolder(setting);
  const server = await setting.startSalon('large-account', { ...options, dataDir });
  return { ...server, cookie: await server.signIn('ana'), longPath: `/conversations/${LONG}` };
}
