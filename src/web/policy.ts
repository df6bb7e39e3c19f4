import type { RequestHandler } from 'express';
import type { UploadLimits } from './uploads.ts';

declare global {
  namespace Express {
    interface Request {
      /** Of the route that will answer; known to every layer. */
      policy: Policy;
      /** The routes on the path of the request; undefined when there are none. */
      routesHere: RequestHandler | undefined;
    }
  }
}

/** What holds for a path, whichever method it is asked with; also for paths below an area that no route has. */
export type PathPolicy = {
  /** `page`: always HTML. `json`: always JSON, errors too. Left out: as the `Accept` header asks. */
  format?: 'page' | 'json';
  /** Older clients read `status` of a failure as the text `error`. */
  textStatus?: boolean;
  /** False for pages, which scripts of other origins have no business with. */
  cors?: boolean;
  /** What follows the first part of the path opens something by itself, so no log may hold it. */
  secretPath?: boolean;
};

/** What a route says about itself where it is declared. Only `who` must be said. */
export type Policy = PathPolicy & {
  /** `anyone`: also who is not signed in. `admin`: administrators, by session or token, never by an API key. */
  who: 'anyone' | 'user' | 'admin';
  /** Neither a token nor an API key will do: passwords, keys, sessions, the account itself. */
  sessionOnly?: boolean;
  /** What an API key must have been made for. Left out: any key will do, or the handler asks for more. */
  scope?: string;
  /** It makes the model server work, and so counts against the limit of generations. */
  paid?: boolean;
  /** It signs a browser in or out: it needs the session even where no cookie is sent, and no bearer will do. */
  session?: 'begins' | 'ends';
  /** It gives or takes tokens in the body: neither cookie nor bearer counts, and a listed origin may write. */
  tokens?: boolean;
  /** For programs that watch the server: answered before host, origin and credentials are looked at. */
  probe?: boolean;
  /**
   * Further kinds of body, which the route reads itself besides JSON and forms, and the largest size of any body. With
   * `files` a form may hold files: `uploadsOf` gives them. `isArchive`: the limit of imports holds, not that of uploads,
   * and it may take hours to arrive.
   */
  body?: { types: readonly string[]; maxBytes: number; files?: UploadLimits; isArchive?: boolean };
};

/** What holds where nothing is declared. */
export const openPolicy: Policy = { who: 'anyone' };
