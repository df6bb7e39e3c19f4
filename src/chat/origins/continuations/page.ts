import type { Request } from 'express';
import type { AppError } from '../../../lib/errors.ts';
import type { NewId } from '../../../lib/ids.ts';
import { userOf } from '../../../web/context.ts';
import { formErrors } from '../../../web/form-errors.ts';
import { textOf } from '../../../web/validation.ts';
import type { Chat } from '../../chat.ts';
import type { Translate } from '../../views.ts';
import type { WrittenSummary } from './continuations.ts';
import { questionsAsList } from './questions.ts';
import { MAX_SUMMARY } from './write-summary.ts';

/** How far back a beginning is looked for where there is no summary. */
const MAX_MESSAGES = 200;

export type ContinuationView = {
  conversation: { id: string; title: string; url: string };
  clientId: string;
  status: WrittenSummary['status'];
  /** The page waits for the summary; not when its person would rather write. */
  isRunning: boolean;
  isOutdated: boolean;
  /** Why no model has written one. */
  reason: string | null;
  summary: string;
  title: string;
  maxLength: number;
  error: string | null;
};

type Wanted = { id: string; newId: NewId; failed: AppError | undefined };

/** The page on which a summary is written, awaited and edited. `failed`: what was typed could not be taken. */
export async function continuationView(
  req: Request,
  chat: Chat,
  { id, newId, failed }: Wanted,
): Promise<ContinuationView> {
  const actor = userOf(req);
  const written = await chat.origins.continuations.find(actor, id);
  const isRunning = written.status === 'running' && !failed && textOf(req.query, 'write') !== '1';
  const { conversation, messages } = await chat.open(actor, id, { limit: isRunning ? 1 : MAX_MESSAGES });
  const beginning = conversation.summary ?? questionsAsList(messages);
  const typed = failed && textOf(req.body, 'summary');
  return {
    conversation: { id, title: conversation.title, url: `/conversations/${id}` },
    clientId: textOf(req.body, 'client_id') ?? newId(),
    status: written.status,
    isRunning,
    isOutdated: written.status === 'complete' && written.isOutdated,
    reason: written.status === 'failed' ? reasonOf(written, req.t) : null,
    summary: typed ?? (written.status === 'complete' ? written.content : beginning),
    title: textOf(req.body, 'title') ?? continuationTitle(req, conversation.title),
    maxLength: MAX_SUMMARY,
    error: formErrors(req, failed).fieldErrors['summary'] ?? null,
  };
}

/** What a continuation is called until somebody gives it another title; that of a continuation has the same one. */
export function continuationTitle(req: Request, title: string): string {
  const begins = title.startsWith(req.t('continuation.title', { title: '' }));
  return begins ? title : req.t('continuation.title', { title });
}

/** The same for programs. */
export function summaryJson(written: WrittenSummary, t: Translate) {
  if (written.status === 'failed')
    return { status: written.status, error: { code: written.error.code, message: reasonOf(written, t) } };
  if (written.status !== 'complete') return { status: written.status };
  return { status: written.status, summary: written.content, outdated: written.isOutdated };
}

const reasonOf = (
  { error }: { error: { code: string; params: Record<string, string | number> } },
  t: Translate,
) => t(`errors.${error.code}`, error.params);
