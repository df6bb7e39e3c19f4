import type { Request, Response } from 'express';
import type { Formats } from '../lib/formats.ts';
import type { AppError, ErrorCode } from '../lib/errors.ts';
import type { Assets } from './assets.ts';
import type { Authors } from './author.ts';
import type { Render } from './templates.ts';
import { createVerbatim } from './verbatim.ts';

export type Notice = {
  kind: 'success' | 'error' | 'info';
  text: string;
  /** Takes back what was just done; `trashUrl`: where it is otherwise, when it was deleted. */
  undo: { action: string; label: string; trashUrl: string | null } | null;
};
export type Link = { url: string; label: string };
/** `role`: only people of that role see the entry. */
export type NavEntry = { id: string; url: string; label: string; role?: 'admin' };
export type SidebarGroup = {
  label: string;
  items: { id: string; title: string; url: string; current: boolean }[];
};

export type Sidebar = {
  groups: SidebarGroup[];
  /** Leads to the rest of the list. */
  more: string | null;
  /** How many drafts there are. */
  drafts: number;
};
export const emptySidebar: Sidebar = { groups: [], more: null, drafts: 0 };

export type PageOptions = {
  title: string;
  /** Which navigation entry is the current one. */
  section?: string;
  status?: number;
  notice?: Notice | null;
  /** Without scripts the page reloads itself after this many seconds. 0: never. */
  refreshSeconds?: number;
};

/** A tab above the parts of a page, such as the settings. */
export type Tab = { url: string; label: string; current: boolean };

/**
 * What each template is given, by its name: pages, and partials that are sent by themselves. A feature adds its own beside
 * the code that draws them: `declare module '../web/page.ts' { interface Views { 'chat/list': … } }`.
 */
export interface Views {
  error: {
    status: number;
    heading: string;
    sentence: string;
    hint: string | null;
    action: { url: string; label: string };
  };
}
export type ViewName = keyof Views;

/** What the frame of every page needs from the features; given by `app.ts`. */
export type Frame = {
  connection(): { kind: string; name: string };
  nav: readonly NavEntry[];
  /** A link that helps against an error, by its code; `label` is a key of the words. */
  errorActions: Partial<Record<ErrorCode, Link>>;
  /** The path of the sign-in page. */
  signInPath: string;
  sidebar(req: Request): Promise<Sidebar>;
};

type PageParts = { render: Render; assets: Assets; authors: Authors; formats: Formats; frame: Frame };

export type Pages = ReturnType<typeof createPages>;

/** Renders whole pages (`send`) and single partials (`partial`) with the data that every template has. */
export function createPages(options: PageParts) {
  const { render, assets, authors, formats, frame } = options;

  const verbatims = createVerbatim();

  const common = (req: Request) => {
    const zone = req.user?.timeZone ?? 'UTC';
    return {
      t: req.t,
      lang: req.language,
      theme: req.user?.theme ?? 'system',
      user: req.user ? { id: req.user.id, username: req.user.username, role: req.user.role } : null,
      // Of the forms on the page: whose they are, also when the session has ended.
      author: req.user ? authors.seal(req.user.id) : '',
      hasTimeZone: req.user ? req.user.timeZone !== null : true,
      path: req.path,
      // Named without its fragment: Chromium does not reload an address that has one, and one with two slashes is a host.
      refreshUrl: req.originalUrl.replace(/^\/+/, '/'),
      requestId: req.requestId,
      assets: assets.urlOf,
      connection: frame.connection(),
      date: (ms: number) => formats.date(req.language, zone, 'moment').format(ms),
      time: (ms: number) => formats.date(req.language, zone, 'time').format(ms),
      verbatim: (html: string) => html,
    };
  };

  const whole = (req: Request, view: string, data: object, frameData: object & PageOptions) => {
    const { verbatim, toBytes } = verbatims.open();
    const it = { ...common(req), verbatim, notice: null, refreshSeconds: 0, ...frameData, ...data };
    return toBytes(render('layout', { ...it, body: render(view, it) }));
  };

  const navOf = (req: Request, section: string | undefined) =>
    req.user
      ? frame.nav
          .filter(({ role }) => role === undefined || role === req.user?.role)
          .map((entry) => ({ ...entry, label: req.t(entry.label), current: entry.id === section }))
      : [];

  const errorAction = (req: Request, error: AppError | undefined): Link | null => {
    const action = error && frame.errorActions[error.code];
    return action ? { ...action, label: req.t(action.label) } : null;
  };

  return {
    /** The link beside the sentence of an error, in the words of the reader. */
    errorAction,

    /** One partial for a script of ours. */
    partial: <Name extends ViewName>(req: Request, view: Name, data: Views[Name]) =>
      render(view, { ...common(req), ...data }),

    async send<Name extends ViewName>(
      req: Request,
      res: Response,
      view: Name,
      data: Views[Name],
      page: PageOptions,
    ): Promise<void> {
      const sidebar = req.user ? await frame.sidebar(req) : emptySidebar;
      const frameData = { ...page, nav: navOf(req, page.section), ...sidebarData(sidebar) };
      res
        .status(page.status ?? 200)
        .type('html')
        .send(whole(req, view, data, frameData));
    },

    /** The page of an error. Without the list of conversations: what failed may be the database. */
    sendError(req: Request, res: Response, error: AppError): void {
      const heading = req.t(`status.${error.status}`);
      const home = {
        url: req.user ? '/' : frame.signInPath,
        label: req.t(req.user ? 'error.home' : 'error.sign_in'),
      };
      const data: Views['error'] = {
        status: error.status,
        heading,
        sentence: req.t(`errors.${error.code}`, error.params),
        hint: error.code === 'too_large' && req.method === 'POST' ? req.t('error.too_large') : null,
        action: errorAction(req, error) ?? home,
      };
      const frameData = { title: heading, nav: navOf(req, undefined), ...sidebarData(emptySidebar) };
      res.type('html').send(whole(req, 'error', data, frameData));
    },
  };
}

const sidebarData = ({ groups, more, drafts }: Sidebar) => ({
  sidebar: groups,
  sidebarMore: more,
  draftCount: drafts,
});
