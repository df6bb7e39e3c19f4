import type { Request } from 'express';
import type { Authors } from '../../web/author.ts';
import { userOf } from '../../web/context.ts';
import { ownPath } from '../../web/guards.ts';
import type { Pages } from '../../web/page.ts';
import type { Policy } from '../../web/policy.ts';
import { createRoutes, type Routes } from '../../web/routes.ts';
import { param, textOf } from '../../web/validation.ts';
import type { Accounts } from '../accounts.ts';
import type { Field, PendingPost } from './pending-posts.ts';

const own: Policy = { who: 'user', sessionOnly: true, format: 'page', cors: false };
/** What people write at length, in the order in which it is shown; all else goes along unseen. */
const written = new Map([
  ['content', 'resume.content'],
  ['prompt', 'resume.prompt'],
  ['system_prompt', 'resume.system_prompt'],
  ['title', 'resume.heading'],
]);

declare module '../../web/page.ts' {
  interface Views {
    'auth/pending-post': { id: string; written: Written[]; hidden: { name: string; text: string }[] };
  }
}
type Written = { name: string; text: string; label: string };

/**
 * For the guard of all routes: keeps a form that nobody is signed in for any more, when it names the account on whose page
 * it stood. @returns the path of the page that goes on with it
 */
export function keepPost({ accounts, authors }: { accounts: Accounts; authors: Authors }) {
  return async (req: Request): Promise<string | undefined> => {
    if (req.method !== 'POST' || !req.is(['urlencoded', 'multipart'])) return undefined;
    const author = authors.open(textOf(req.body, 'author') ?? '');
    const path = ownPath(req.originalUrl);
    if (author === undefined || path === '/') return undefined;
    const id = await accounts.pendingPosts.keep(author, path, fieldsOf(req.body));
    return id && `/resume/${id}`;
  };
}

/** The page that shows what was kept, and sends it when its author says so. */
export function pendingPostRoutes({ accounts, pages }: { accounts: Accounts; pages: Pages }): Routes {
  const routes = createRoutes();
  const { pendingPosts } = accounts;

  routes.get('/resume/:id', own, async (req, res) => {
    const post = await pendingPosts.get(userOf(req).id, param(req, 'id'));
    await pages.send(req, res, 'auth/pending-post', viewOf(req, post), { title: req.t('resume.title') });
  });
  // 307: the browser sends the same form again, to where it was going.
  routes.post('/resume/:id', own, async (req, res) => {
    const { path } = await pendingPosts.take(userOf(req).id, param(req, 'id'));
    res.redirect(307, path);
  });
  routes.post('/resume/:id/delete', own, async (req, res) => {
    await pendingPosts.take(userOf(req).id, param(req, 'id'));
    res.redirect(303, '/');
  });

  return routes;
}

function fieldsOf(body: unknown): Field[] {
  const fields = Object.entries((body ?? {}) as Record<string, unknown>);
  return fields.flatMap(([name, value]) =>
    name === 'author'
      ? []
      : [value].flat().flatMap((text): Field[] => (typeof text === 'string' ? [[name, text]] : [])),
  );
}

function viewOf(req: Request, { id, fields }: PendingPost) {
  const isWritten = ([name, text]: Field) => written.has(name) && text !== '';
  const shown = fields.filter(isWritten).map(([name, text]) => {
    return { name, text, label: req.t(written.get(name) ?? '') };
  });
  const hidden = fields.filter((field) => !isWritten(field)).map(([name, text]) => ({ name, text }));
  return { id, written: shown, hidden };
}
