import type { Attachments } from '../../../attachments/attachments.ts';
import { AppError } from '../../../lib/errors.ts';
import type { NewId } from '../../../lib/ids.ts';
import type { Statement } from '../../../platform/db/db.ts';
import type { ReplyContext } from '../../context-window/context-window.ts';
import type { CopiedMessage, ForkStore, PathRow } from './store.ts';

/** A transaction holds up the streams of others, so it is small: whichever of the two is reached first. */
const MESSAGES_AT_ONCE = 10;
const BYTES_AT_ONCE = 25_000;

type Deps = { forks: ForkStore; attachments: Pick<Attachments, 'copying'>; newId: NewId };
type Target = { id: string; ownerId: string };

/** Copies messages, each below the one before it, in transactions of bounded size. @returns the id of the last copy */
export async function copyMessages(deps: Deps, target: Target, path: readonly PathRow[]): Promise<string> {
  const ids = new Map<string, string>();
  let parentId = target.id;
  for (const rows of stepsOf(path)) {
    const list = rows.map((row): CopiedMessage => {
      const id = deps.newId();
      ids.set(row.id, id);
      const entry: CopiedMessage = [row.id, id, parentId, ids.size];
      parentId = id;
      return entry;
    });
    const questions = rows.filter(({ role }) => role === 'user').map(({ id }) => id);
    await copyStep(deps, target, { list, questions, ids });
  }
  return parentId;
}

type Step = {
  list: readonly CopiedMessage[];
  questions: readonly string[];
  ids: ReadonlyMap<string, string>;
};

async function copyStep({ forks, attachments }: Deps, { id, ownerId }: Target, step: Step): Promise<void> {
  const { list, questions, ids } = step;
  const contexts = await forks.findContexts(ownerId, list);
  const linked = questions.map((from): Statement => attachments.copying(ownerId, from, ids.get(from) ?? ''));
  const seen = contexts.map((row) => forks.contextInsertion(row.id, withIds(row.content, ids)));
  const [copied] = await forks.batch([...forks.copying(id, ownerId, list), ...linked, ...seen]);
  // Some of it was deleted meanwhile, or is being written again.
  if (copied !== list.length) throw new AppError('conflict');
}

function* stepsOf(path: readonly PathRow[]): Generator<PathRow[]> {
  let step: PathRow[] = [];
  let bytes = 0;
  for (const row of path) {
    step.push(row);
    bytes += row.bytes;
    if (step.length < MESSAGES_AT_ONCE && bytes < BYTES_AT_ONCE) continue;
    yield step;
    step = [];
    bytes = 0;
  }
  if (step.length > 0) yield step;
}

/** What a model was sent, by the ids of the copies. */
function withIds(content: string, ids: ReadonlyMap<string, string>): string {
  const context = JSON.parse(content) as ReplyContext;
  const first = ids.get(context.first) ?? context.first;
  return JSON.stringify({ ...context, first, leftOut: context.leftOut.map((id) => ids.get(id) ?? id) });
}
