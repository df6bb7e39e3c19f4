import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAdmission } from '../../src/provider/transport/admission.ts';
import type { Waiting } from '../../src/provider/provider.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(limits: Parameters<typeof createAdmission>[0]) {
  const admission = createAdmission(limits);
  const entered: string[] = [];
  const waiting: Waiting[] = [];
  const admit = (name: string, tokens = 1, more: { signal?: AbortSignal; isBackground?: boolean } = {}) =>
    admission
      .admit({ tokens, signal: new AbortController().signal, onWaiting: (now) => waiting.push(now), ...more })
      .then(() => void entered.push(name));
  return { admit, entered, waiting };
}

describe('the limits a minute', () => {
  it('let everything through when there are none', async () => {
    const { admit, entered } = open({});
    await Promise.all(Array.from({ length: 500 }, (_, i) => admit(String(i), 10_000)));
    expect(entered).toHaveLength(500);
  });

  it('let as many requests in as a minute allows, the rest in order when the window moves on', async () => {
    const { admit, entered, waiting } = open({ requestsPerMinute: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) void admit(name);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(entered).toEqual(['a', 'b']);
    expect(waiting[0]).toEqual({ reason: 'queue', seconds: 60 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(entered).toEqual(['a', 'b', 'c', 'd']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(entered).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('count tokens, and let one call that is larger than the limit go alone', async () => {
    const { admit, entered } = open({ requestsPerMinute: 100, tokensPerMinute: 100 });
    void admit('a', 60);
    void admit('b', 60);
    void admit('large', 500);
    await vi.advanceTimersByTimeAsync(0);
    expect(entered).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(entered).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(entered).toEqual(['a', 'b', 'large']);
  });

  it('let people in before background work', async () => {
    const { admit, entered } = open({ requestsPerMinute: 1 });
    void admit('first');
    void admit('batch 1', 1, { isBackground: true });
    void admit('batch 2', 1, { isBackground: true });
    void admit('person 1');
    void admit('person 2');
    await vi.advanceTimersByTimeAsync(240_000);
    expect(entered).toEqual(['first', 'person 1', 'person 2', 'batch 1', 'batch 2']);
  });

  it('drop a call that is stopped while it waits', async () => {
    const { admit, entered } = open({ requestsPerMinute: 1 });
    const stop = new AbortController();
    void admit('a');
    const stopped = admit('b', 1, { signal: stop.signal });
    void admit('c');
    const reason = new Error('stopped');
    stop.abort(reason);
    await expect(stopped).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(entered).toEqual(['a', 'c']);
  });
});
