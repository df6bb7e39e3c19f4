import { contextLengthOf } from '../provider/models/context-length.ts';
import type { Models } from '../provider/models/models.ts';
import type { Attachment } from './attachment.ts';
import { attachmentView } from './views.ts';

type Translate = (key: string, params?: Record<string, unknown>) => string;

/** An attachment that waits to be sent, as the tray of the composer draws it. */
export function trayRow(
  attachment: Attachment,
  models: Pick<Models, 'list'>,
  model: string | undefined,
  t: Translate,
) {
  return { ...attachmentView(attachment, t), warning: warningOf(attachment, models, model, t) };
}

export type TrayRow = ReturnType<typeof trayRow>;

/** Why the chosen model cannot take it, as far as that is known before it is sent. */
function warningOf(
  { kind, tokens }: Attachment,
  models: Pick<Models, 'list'>,
  chosen: string | undefined,
  t: Translate,
): string | null {
  const { models: listed, defaultChat } = models.list();
  const model = chosen ?? defaultChat ?? 'auto';
  const known = listed.find(({ name }) => name === model);
  if (kind === 'image') return known?.seesImages === false ? t('attachments.unseen', { model }) : null;
  const length = contextLengthOf(model, known, undefined);
  const room = length.tokens - length.reserved;
  if (!length.isKnown || (tokens ?? 0) <= room) return null;
  return t('attachments.too_long', { model, room, over: (tokens ?? 0) - room });
}
