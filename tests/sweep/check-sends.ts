import type { Journal, Send } from './journal.ts';
import type { Call, CallRecord } from './model.ts';
import type { Snapshot, StoredMessage } from './snapshot.ts';

/** Per call, the default of OPENAI_MAX_RETRIES. */
const RETRIES = 3;
const SIDE_CALLS = 2;

/** What was promised of one send, checked against the journal, the database and the model server's record. */
export function checkSend(
  send: Send,
  { stored, record, journal }: { stored: Snapshot; record: CallRecord; journal: Journal },
): void {
  const complain = (code: string, text: string) =>
    journal.violate(code, `${send.clientId} (${send.kind}): ${text}`);
  const calls = record.of(send.key);
  checkCalls(send, calls, complain);
  const isStudio = send.kind === 'studio';
  const rows = isStudio ? stored.jobs(send.clientId) : stored.questions(send.clientId);
  const [row] = rows;
  if (rows.length > 1) complain('twice', `is stored ${rows.length} times`);
  if (send.isAcknowledged && !row) return complain('lost', 'was acknowledged and is lost');
  if (send.refusedWith && !send.isAcknowledged && send.open === 0 && row)
    complain('twice', 'was refused and is stored');
  if (!row) return;
  const answered = isStudio ? send.answer?.jobId : send.answer?.messageId;
  if (answered && row.id !== answered) complain('lost', `was acknowledged as ${answered} and is ${row.id}`);
  if (row.username !== send.account.name) complain('privacy', `belongs to ${row.username}`);
  if (send.kind === 'studio' || send.kind === 'image') checkImages(send, stored, complain);
  if (!isStudio) checkReplies(send, row as StoredMessage, { stored, calls, complain });
}

type Complain = (code: string, text: string) => void;

/** A call beyond what was asked for, or a paid image that was made again by itself. */
function checkCalls({ actions, isSound }: Send, calls: readonly Call[], complain: Complain): void {
  const count = (kinds: readonly Call['kind'][], isPaid?: true) =>
    calls.filter(({ kind, isFailed }) => kinds.includes(kind) && !(isPaid && isFailed)).length;
  const most = isSound ? actions : actions * (1 + RETRIES);
  if (count(['chat', 'image']) > most)
    complain('calls', `${count(['chat', 'image'])} calls for ${actions} actions`);
  if (count(['image'], true) > actions)
    complain('calls', `${count(['image'], true)} paid images for ${actions} actions`);
  if (count(['side']) > actions * SIDE_CALLS)
    complain('calls', `${count(['side'])} side calls for ${actions} actions`);
}

function checkImages(send: Send, stored: Snapshot, complain: Complain): void {
  const [job, ...more] = stored.jobs(send.clientId);
  if (!job || more.length > 0) return complain('twice', `${job ? more.length + 1 : 0} jobs`);
  const images = stored.images(job.id);
  const asked = Number(send.body['n'] ?? 1);
  if (images.length !== asked) complain('lost', `${images.length} images instead of ${asked}`);
  const [reply] = stored.replies(stored.questions(send.clientId)[0]?.id ?? 'none');
  if (images.some(({ message_id }) => message_id !== (reply?.id ?? null)))
    complain('lost', 'the image is not in its place');
}

type Around = { stored: Snapshot; calls: readonly Call[]; complain: Complain };

function checkReplies(send: Send, question: StoredMessage, { stored, calls, complain }: Around): void {
  if (question.content !== send.body['content']) complain('lost', `says ${JSON.stringify(question.content)}`);
  const replies = stored.replies(question.id);
  const { replyId } = send.answer ?? {};
  if (replyId && !replies.some(({ id }) => id === replyId))
    complain('lost', `the acknowledged reply ${replyId} is lost`);
  if (replies.length < 1 || replies.length > 1 + send.regenerations)
    complain('left unfinished', `${replies.length} replies with ${send.regenerations} more asked for`);
  if (send.kind !== 'image') for (const reply of replies) checkText(reply, calls, complain);
}

/** That a complete reply has a finish reason, and that a text consists of what the model server sent for this question, in order, each part from its start. */
function checkText(reply: StoredMessage, calls: readonly Call[], complain: Complain): void {
  const isLive = reply.status === 'queued' || reply.status === 'running';
  const parts = reply.content.split(/(?=⟦)/).filter((part) => part !== '');
  let from = 0;
  let last: Call | undefined;
  for (const part of parts) {
    const at = calls.findIndex(({ kind, sent }, i) => i >= from && kind === 'chat' && sent.startsWith(part));
    if (at < 0)
      return complain(
        'text',
        `reply ${reply.id} has text that was not sent: ${JSON.stringify(part.slice(0, 120))}`,
      );
    last = calls[at];
    from = at + 1;
  }
  if (isLive || reply.status !== 'complete') return;
  if (!reply.finish_reason) complain('finish', `reply ${reply.id} is complete without a finish reason`);
  if (!last?.isFinished || !last.sent.endsWith(parts.at(-1) ?? ''))
    complain('finish', `reply ${reply.id} is complete, the model server's answer was not`);
}
