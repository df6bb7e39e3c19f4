import type { Request, Response } from 'express';
import { requireSmallFile, messageFiles, type Attachments } from '../../../attachments/attachments.ts';
import { imageView, type Images, type ImageView } from '../../../images/images.ts';
import { isAppError, type AppError } from '../../../lib/errors.ts';
import { isId } from '../../../lib/ids.ts';
import { userOf, wantsFragment, wantsPage } from '../../../web/context.ts';
import type { Pages } from '../../../web/page.ts';
import { uploadsOf } from '../../../web/uploads.ts';
import { textOf } from '../../../web/validation.ts';
import type { Failed } from './page.ts';

/** Of the library, newest first. */
const IMAGES_AT_ONCE = 24;
/** What a composer's form holds beside its files, in the order of the page. */
const kept = [
  'content',
  'model',
  'effort',
  'system_prompt',
  'parent_id',
  'client_id',
  'draft_version',
  'author',
  'temporary',
];

declare module '../../../web/page.ts' {
  interface Views {
    'attachments/library': {
      action: string;
      fields: { name: string; value: string }[];
      images: ImageView[];
      /** The number of the next page. */
      next: number | null;
    };
  }
}

type Deps = { attachments: Attachments; images: Images; pages: Pages };
/** Where the form goes, and what shows it again with what was typed. */
type Form = { action: string; redraw(failed: Failed): Promise<void> };

/** Files in the form of a composer or of a question, for people without scripts: added, removed, chosen from the library. */
export function createFormFiles({ attachments, images, pages }: Deps) {
  async function addAll(req: Request): Promise<string[]> {
    const added: string[] = [];
    for (const { name, size, bytes } of uploadsOf(req, 'file')) {
      requireSmallFile(size, messageFiles.files.maxBytes);
      if (bytes) added.push((await attachments.add(userOf(req), { name, bytes })).id);
    }
    for (const id of listIn(req, 'library_image').filter(isId))
      added.push((await attachments.addImage(userOf(req), id)).id);
    return added;
  }

  /** Stores the files of a form; from then on the form names them by id, beside those that it had. */
  async function take(req: Request): Promise<AppError | undefined> {
    const body = (req.body ?? {}) as Record<string, unknown>;
    const removed = textOf(req.body, 'detach');
    const before = attachedIn(req).filter((id) => id !== removed);
    // A form that names none leaves them as they are, where there are some already.
    const isNamed = body['attachments'] !== undefined;
    if (isNamed) body['attachments'] = before;
    try {
      const added = await addAll(req);
      if (isNamed || added.length > 0) body['attachments'] = [...before, ...added];
      return undefined;
    } catch (error) {
      if (isAppError(error)) return error;
      throw error;
    }
  }

  /** One's own images to choose from; the form comes along, and goes back with those that were chosen. */
  async function sendLibrary(req: Request, res: Response, action: string): Promise<void> {
    const page = Math.max(1, Math.min(10_000, Number(textOf(req.body, 'library')) || 1));
    const { images: shown, total } = await images.list(userOf(req), page, IMAGES_AT_ONCE);
    const typed = kept.map((name) => ({ name, value: textOf(req.body, name) ?? '' }));
    const attached = [...attachedIn(req)].map((value) => ({ name: 'attachments', value }));
    const chosen = listIn(req, 'library_image').map((value) => ({ name: 'library_image', value }));
    const data = {
      action,
      fields: [...typed.filter(({ value }) => value !== ''), ...attached, ...chosen],
      images: shown.map((image) => imageView(image, req.t)),
      next: page * IMAGES_AT_ONCE < total ? page + 1 : null,
    };
    await pages.send(req, res, 'attachments/library', data, {
      title: req.t('attachments.library'),
      section: 'chat',
    });
  }

  return {
    /**
     * Takes the files of a composer's form. @returns true when it is answered: files were added or removed and the form
     * is shown again, the library is shown, or a file could not be taken
     */
    async answer(req: Request, res: Response, { action, redraw }: Form): Promise<boolean> {
      if (!req.is(['urlencoded', 'multipart'])) return false;
      const isChanging = ['attach', 'detach'].some((name) => textOf(req.body, name) !== undefined);
      if (textOf(req.body, 'library') !== undefined) {
        await sendLibrary(req, res, action);
        return true;
      }
      const error = await take(req);
      if (!isChanging && !error) return false;
      if (error && (!wantsPage(req) || wantsFragment(req))) throw error;
      await redraw({ error, text: textOf(req.body, 'content') ?? '' });
      return true;
    },
  };
}

export type FormFiles = ReturnType<typeof createFormFiles>;

/** The ids that a composer's form names. */
export const attachedIn = (req: Request): string[] => listIn(req, 'attachments').filter(isId);

function listIn(req: Request, name: string): string[] {
  const value = ((req.body ?? {}) as Record<string, unknown>)[name];
  return [value].flat().filter((item): item is string => typeof item === 'string');
}
