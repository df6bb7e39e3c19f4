import type { Request } from 'express';
import { z } from 'zod';
import { invalid, notFound } from '../lib/errors.ts';
import { isId } from '../lib/ids.ts';
import { userOf, wantsFragment } from '../web/context.ts';
import { sendFile } from '../web/file.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { uploadsOf } from '../web/uploads.ts';
import { optionalText, optionalWhole, param, parse } from '../web/validation.ts';
import type { Models } from '../provider/models/models.ts';
import type { Pages } from '../web/page.ts';
import { messageFiles, requireSmallFile, type Attachments } from './attachments.ts';
import { trayRow, type TrayRow } from './tray.ts';
import { attachmentJson } from './views.ts';

const own: Policy = { who: 'user', scope: 'chat' };
const adding: Policy = { ...own, body: messageFiles };
/** Of an image, which comes as a file or out of one's own library. */
const addition = z.object({ image: optionalText(100), model: optionalText(200) });
const MAX_SIDE = 4096;
const view = z.object({ w: optionalWhole(1, MAX_SIDE) });

declare module '../web/page.ts' {
  interface Views {
    'attachments/_row': { row: TrayRow };
  }
}

type Deps = { attachments: Attachments; models: Models; pages: Pages };

/** Files for messages: added one at a time, read by their owner alone. */
export function attachmentRoutes({ attachments, models, pages }: Deps): Routes {
  const routes = createRoutes();

  async function add(req: Request) {
    const [upload] = uploadsOf(req, 'file');
    if (upload) {
      requireSmallFile(upload.size, messageFiles.files.maxBytes);
      if (upload.bytes) return attachments.add(userOf(req), { name: upload.name, bytes: upload.bytes });
    }
    const { image } = parse(addition, req.body);
    if (image === undefined) throw invalid('file', 'required');
    if (!isId(image)) throw notFound();
    return attachments.addImage(userOf(req), image);
  }

  routes.post('/attachments', adding, async (req, res) => {
    const attachment = await add(req);
    if (!wantsFragment(req)) return void res.status(201).json(attachmentJson(attachment));
    const { model } = parse(addition, req.body);
    const row = trayRow(attachment, models, model === 'auto' ? undefined : model, req.t);
    res
      .status(201)
      .type('html')
      .send(pages.partial(req, 'attachments/_row', { row }));
  });

  routes.get('/attachments/:id', own, async (req, res) => {
    const attachment = await attachments.get(userOf(req), param(req, 'id'));
    const { w } = parse(view, req.query);
    const opened = await attachments.open(userOf(req), attachment.id, w ? { width: w } : undefined);
    const isImage = attachment.kind === 'image';
    await sendFile(req, res, {
      file: opened,
      etag: `"${attachment.id}-${w ?? 0}"`,
      type: opened.type === 'text/plain' ? 'text/plain; charset=utf-8' : opened.type,
      download: isImage ? undefined : attachment.name,
    });
  });

  routes.delete('/attachments/:id', own, async (req, res) => {
    await attachments.remove(userOf(req), param(req, 'id'));
    res.status(204).end();
  });

  return routes;
}
