import type { Request } from 'express';
import {
  MAX_FILE_BYTES,
  MAX_PER_MESSAGE,
  MAX_TEXT_BYTES,
  trayRow,
  type Attachments,
  type TrayRow,
} from '../../../attachments/attachments.ts';
import type { Models } from '../../../provider/models/models.ts';
import { userOf } from '../../../web/context.ts';
import { MAX_CONTENT } from '../../questions/schemas.ts';

/** The files that go with a message that is being written, and what the script of the tray may say, as JSON. */
export type Tray = {
  rows: TrayRow[];
  maxBytes: number;
  maxFiles: number;
  words: string;
  /** A longer message is not sent; as text files of at most `maxTextBytes` it can be. */
  maxCharacters: number;
  maxTextBytes: number;
};
type Deps = { attachments: Pick<Attachments, 'list'>; models: Models };

/** Draws the tray of the composer and of the form of a question. */
export function createTrayView({ attachments, models }: Deps) {
  /** `ids` of attachments, in order; `model`: the one that will read them, where it is chosen. */
  return async (req: Request, ids: readonly string[], model: string | undefined): Promise<Tray> => {
    const attached = await attachments.list(userOf(req), ids);
    return {
      rows: attached.map((attachment) =>
        trayRow(attachment, models, model === 'auto' ? undefined : model, req.t),
      ),
      maxBytes: MAX_FILE_BYTES,
      maxFiles: MAX_PER_MESSAGE,
      words: trayWords(req),
      maxCharacters: MAX_CONTENT,
      maxTextBytes: MAX_TEXT_BYTES,
    };
  };
}

export type TrayView = ReturnType<typeof createTrayView>;

function trayWords(req: Request): string {
  return JSON.stringify({
    uploading: req.t('attachments.uploading'),
    failed: req.t('attachments.failed'),
    waits: req.t('attachments.waits'),
    removed: req.t('attachments.removed'),
    remove_one: req.t('attachments.remove_one', { name: '{name}' }),
    dismiss: req.t('app.dismiss'),
    too_many: req.t('fields.too_many_files', { max: MAX_PER_MESSAGE }),
    too_large: req.t('errors.attachment_too_large', { size: '{size}', max: '{max}' }),
  });
}
