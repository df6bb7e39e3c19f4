import type { Request, Response } from 'express';
import { z } from 'zod';
import { invalid, notFound } from '../lib/errors.ts';
import { isId } from '../lib/ids.ts';
import { userOf, wantsPage } from '../web/context.ts';
import { sendFile } from '../web/file.ts';
import type { Policy } from '../web/policy.ts';
import { createRoutes, type Routes } from '../web/routes.ts';
import { uploadsOf } from '../web/uploads.ts';
import { optionalText, optionalWhole, param, parse } from '../web/validation.ts';
import { MAX_FILE_BYTES, requireSmallFile, type Attachments } from './attachments.ts';
import { attachmentJson } from './views.ts';

/** What surrounds a file in a form. */
const MAX_FORM_FRAME_BYTES = 64 * 1024;
const own: Policy = { who: 'user', scope: 'chat' };
const adding: Policy = {
  ...own,
  body: {
    types: ['multipart/form-data'],
    maxBytes: MAX_FILE_BYTES + MAX_FORM_FRAME_BYTES,
    files: { maxBytes: MAX_FILE_BYTES, maxTotalBytes: MAX_FILE_BYTES + MAX_FORM_FRAME_BYTES, maxCount: 1 },
  },
};
/** Of an image, which comes as a file or out of one's own library. */
const addition = z.object({ image: optionalText(100) });
const MAX_SIDE = 4096;
const view = z.object({ w: optionalWhole(1, MAX_SIDE) });

/** Files for messages: added one at a time, read by their owner alone. */
export function attachmentRoutes({ attachments }: { attachments: Attachments }): Routes {
  const routes = createRoutes();

  async function add(req: Request) {
    const [upload] = uploadsOf(req, 'file');
    if (upload) {
      requireSmallFile(upload.size, MAX_FILE_BYTES);
      if (upload.bytes) return attachments.add(userOf(req), { name: upload.name, bytes: upload.bytes });
    }
    const { image } = parse(addition, req.body);
    if (image === undefined) throw invalid('file', 'required');
    if (!isId(image)) throw notFound();
    return attachments.addImage(userOf(req), image);
  }

  routes.post('/attachments', adding, async (req, res) => {
    res.status(201).json(attachmentJson(await add(req)));
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

  const remove = async (req: Request, res: Response) => {
    await attachments.remove(userOf(req), param(req, 'id'));
    if (wantsPage(req)) return res.redirect(303, '/');
    res.status(204).end();
  };
  routes.delete('/attachments/:id', own, remove);

  return routes;
}
