import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '../lib/errors.ts';
import type { NewId } from '../lib/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Attempt, AttemptEnd, CallAccount, OnAttempt, Provider } from '../provider/provider.ts';
import { isThinkingName } from '../provider/models/openai-names.ts';
import type { Price } from './default-prices.ts';
import { costOf, type Prices } from './prices.ts';
import type { EntryEnd, NewEntry, UsageStore } from './store.ts';

/** What an answer is reserved for when nobody has said how long it may be; common models stop about there. */
const EXPECTED_COMPLETION_TOKENS = 4096;
/** The same of a model that thinks: its thoughts are paid for like text, and are often several times as long. */
const EXPECTED_THINKING_TOKENS = 16_384;
/** While an entry cannot be stored it is tried again after so long, each time twice as long. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

type Deps = { store: UsageStore; prices: Prices; log: Log; newId: NewId; now: () => number };
type Settled = { entry: NewEntry; end: EntryEnd };

/**
 * One entry for each request that goes to the model server: reserved when it is sent, settled when it is over. Two small
 * writes for a call, none for a token; neither is waited for by an answer, and neither can lose one.
 */
export function createLedger({ store, prices, log, newId, now }: Deps) {
  const unwritten = new Set<Promise<void>>();
  const closing = new AbortController();

  function keep(work: Promise<void>): void {
    unwritten.add(work);
    void work.finally(() => unwritten.delete(work));
  }

  function entryOf(
    kind: NewEntry['kind'],
    call: { account: CallAccount | undefined; number: number },
    attempt: Attempt,
  ): NewEntry {
    const price = prices.find(attempt.model);
    const { account } = call;
    const amounts = {
      promptTokens: kind === 'chat' ? attempt.promptTokens : 0,
      completionTokens: kind === 'chat' ? (attempt.maxTokens ?? expectedTokens(attempt.model)) : 0,
      images: attempt.images,
    };
    return {
      id: newId(),
      ownerId: account?.ownerId ?? null,
      authMethod: account?.authMethod ?? 'system',
      keyId: account?.keyId ?? null,
      kind,
      purpose: account?.purpose ?? 'other',
      subjectId: account?.subjectId ?? null,
      providerId: attempt.providerId,
      model: attempt.model,
      attempt: call.number,
      isPriced: Number(price.source !== 'none'),
      reservedMicros: costOf(price, amounts),
      createdAt: now(),
    };
  }

  function endOf(entry: NewEntry, end: AttemptEnd): EntryEnd {
    const at = now();
    const amounts = {
      promptTokens: end.usage?.promptTokens ?? 0,
      completionTokens: end.usage?.completionTokens ?? 0,
      images: end.images ?? 0,
    };
    const isUnknown = end.isUncertain && end.usage === undefined;
    const price = prices.find(entry.model);
    // An image that its server has counted in tokens is paid by them, and by the piece otherwise.
    const isByTokens = entry.kind === 'image' && end.usage?.estimated === false && hasTokenPrice(price);
    const paid = isByTokens ? { ...amounts, images: 0 } : amounts;
    const cost = isUnknown ? entry.reservedMicros : costOf(price, paid);
    return {
      outcome: end.outcome,
      error: end.error ?? null,
      ...amounts,
      costMicros: cost,
      isEstimated: Number(end.isUncertain || (end.usage?.estimated ?? false)),
      durationMs: Math.max(0, at - entry.createdAt),
      settledAt: at,
    };
  }

  /** Only what is waited for need be on the disk: a commit that waits for it holds up everybody's streams. */
  async function reserve(entry: NewEntry): Promise<void> {
    const durability = entry.kind === 'image' ? 'durable' : 'deferred';
    await store.reserve(entry, durability).catch((error: unknown) => {
      // It is written whole when it is settled.
      log.error('ledger entry could not be reserved', { entry: entry.id, ...fault(error) });
    });
  }

  async function settle(settled: Settled): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      const isLast = closing.signal.aborted;
      const error = await store.settle(settled.entry, settled.end).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) return;
      const isLost = isLast || !isAppError(error);
      const message = isLost ? 'ledger entry could not be stored' : 'ledger entry waits to be stored';
      log.error(message, { entry: settled.entry.id, cost_micros: settled.end.costMicros, ...fault(error) });
      if (isLost) return;
      await sleep(pause, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  function hook(kind: NewEntry['kind'], account: CallAccount | undefined): OnAttempt {
    let number = 0;
    return async (attempt) => {
      number += 1;
      const entry = entryOf(kind, { account, number }, attempt);
      const reserved = reserve(entry);
      keep(reserved);
      // An image may be paid for without ever arriving, so that its entry is stored before it is asked for. The first
      // word of an answer must not wait for the disk; a power cut within that moment loses the entry of a call just begun.
      if (kind === 'image') await reserved;
      return (end) => keep(settle({ entry, end: endOf(entry, end) }));
    };
  }

  return {
    /** The same provider, with each request booked on the account that its call names. */
    meter: (provider: Provider): Provider => ({
      ...provider,
      chat: (request, call) => provider.chat(request, { ...call, onAttempt: hook('chat', request.account) }),
      image: (request, call) =>
        provider.image(request, { ...call, onAttempt: hook('image', request.account) }),
      test: (call) => {
        const [chat, image] = [hook('chat', undefined), hook('image', undefined)];
        return provider.test({
          ...call,
          onAttempt: (attempt) => (attempt.images > 0 ? image(attempt) : chat(attempt)),
        });
      },
    }),

    /** Settles what an earlier process left: nobody knows how it ended, so the reserved cost stands. */
    async recover(): Promise<void> {
      const count = await store.settleLeft(now());
      if (count > 0) log.warn('ledger entries with unknown outcome', { entries: count });
    },

    /** Writes what is not written yet, once more. */
    async close(): Promise<void> {
      closing.abort();
      while (unwritten.size > 0) await Promise.all(unwritten);
    },
  };
}

const expectedTokens = (model: string) =>
  isThinkingName(model) ? EXPECTED_THINKING_TOKENS : EXPECTED_COMPLETION_TOKENS;

const hasTokenPrice = (price: Price) =>
  price.promptMicrosPerMillion > 0 || price.completionMicrosPerMillion > 0;

function fault(error: unknown) {
  return isAppError(error) ? { code: error.code, cause: String(error.cause) } : { cause: String(error) };
}
