import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { jobView, type Images } from '../../images/images.ts';
import { withDeadline } from '../../lib/deadline.ts';
import { isId } from '../../lib/ids.ts';
import { userOf } from '../../web/context.ts';
import type { Pages } from '../../web/page.ts';
import { textOf } from '../../web/validation.ts';
import { isLive, type Chat } from '../chat.ts';
import type { ConversationDocument, DocumentMessage } from './document.ts';
import { documentMessageView, type DocumentMessageView, type MessageBody } from './views.ts';

/** How long what has no HTML yet is waited for, for each part; then it is shown as plain text. */
const RENDERING_MS = 4000;

/** What is told, above the text, of a conversation in the trash; times are milliseconds since 1970. */
export type DeletedDocument = {
  deletedAt: number;
  expiresAt: number;
  restoreUrl: string;
  deleteUrl: string;
  /** The message that is shown after restoring. */
  at: string | null;
};

declare module '../../web/page.ts' {
  interface Views {
    'chat/document/start': {
      title: string;
      createdAt: number;
      backUrl: string;
      /** null: it is not in the trash. */
      deleted: DeletedDocument | null;
      questions: ConversationDocument['questions'];
    };
    'chat/document/part': { messages: DocumentMessageView[] };
    'chat/document/end': object;
  }
}

type Deps = { chat: Chat; images: Images; pages: Pages };

/** `GET /conversations/:id?view=document`: a branch as an article, written to its reader part by part. */
export function createDocumentPage({ chat, images, pages }: Deps) {
  async function bodyOf(
    req: Request,
    { message, stored }: DocumentMessage,
    signal: AbortSignal,
  ): Promise<MessageBody> {
    const body: MessageBody = { html: null, images: [] };
    if (message.role === 'user') return body;
    if (message.kind === 'image') {
      const job = await images.findJobOfMessage(userOf(req), message.copiedFrom ?? message.id);
      const made = job ? jobView(job, await images.listOfJob(userOf(req), job.id), req.t).images : [];
      return { ...body, images: made };
    }
    if (message.content === '') return body;
    if (!isLive(message.status)) return { ...body, html: await chat.htmlOf(message, { stored, signal }) };
    const growing = await chat.htmlOfGrowing(message.content);
    return { ...body, html: growing ? growing.blocks + growing.tail : null };
  }

  async function* content(
    req: Request,
    found: ConversationDocument,
    { backUrl, deleted }: { backUrl: string; deleted: DeletedDocument | null },
  ): AsyncGenerator<string> {
    const { conversation, questions } = found;
    const { title, createdAt } = conversation;
    yield pages.partial(req, 'chat/document/start', { title, createdAt, backUrl, deleted, questions });
    const numbers = new Map(questions.map(({ id }, index) => [id, index + 1]));
    for await (const part of found.parts()) {
      const views = await withDeadline(RENDERING_MS, undefined, (signal) =>
        Promise.all(
          part.map(async (one) => {
            const number = numbers.get(one.message.id) ?? 0;
            const heading = questions[number - 1]?.heading ?? '';
            const body = await bodyOf(req, one, signal);
            return documentMessageView(one.message, req.t, { ...body, number, heading });
          }),
        ),
      );
      yield pages.partial(req, 'chat/document/part', { messages: views });
    }
    yield pages.partial(req, 'chat/document/end', {});
  }

  async function write(req: Request, res: Response, text: AsyncGenerator<string>): Promise<void> {
    res.type('html');
    if (req.method === 'HEAD') return void res.end();
    await pipeline(Readable.from(text, { objectMode: false }), res).catch(ignoreGone);
  }

  return {
    /** @throws AppError `not_found` */
    async send(req: Request, res: Response, id: string): Promise<void> {
      const at = messageIn(req);
      const found = await chat.openDocument(userOf(req), id, { at });
      const backUrl = `/conversations/${id}${at ? `?at=${at}` : ''}`;
      await write(req, res, content(req, found, { backUrl, deleted: null }));
    },

    /** A conversation in the trash, with the buttons to restore it and to delete it. @throws AppError `not_found` */
    async sendDeleted(
      req: Request,
      res: Response,
      id: string,
      deleted: Omit<DeletedDocument, 'at'>,
    ): Promise<void> {
      const at = messageIn(req);
      const found = await chat.openDocument(userOf(req), id, { at, isDeleted: true });
      const parts = { backUrl: '/trash', deleted: { ...deleted, at: at ?? null } };
      await write(req, res, content(req, found, parts));
    },
  };
}

export type DocumentPage = ReturnType<typeof createDocumentPage>;

function messageIn(req: Request): string | undefined {
  const asked = textOf(req.query, 'at');
  return asked !== undefined && isId(asked) ? asked : undefined;
}

/** A reader who goes away is no fault. @throws anything else */
function ignoreGone(error: unknown): void {
  if (
    !['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes(
      (error as NodeJS.ErrnoException).code ?? '',
    )
  )
    throw error;
}
