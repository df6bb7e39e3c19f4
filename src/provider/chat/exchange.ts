import type { IncomingMessage } from 'node:http';
import { AppError, isAppError } from '../../lib/errors.ts';
import { faultFromNetwork, type FaultContext } from '../faults.ts';
import type { Attempt } from '../retry.ts';
import { readFault } from '../transport/read-fault.ts';
import type { Transport } from '../transport/transport.ts';
import { readAnswerBody } from './answer-body.ts';
import type { CompletionReader } from './completion-reader.ts';
import { chatHeaders } from './headers.ts';
import type { IdleTimeout } from './idle-timeout.ts';

export type Exchange = {
  access: { apiKey: string | undefined; transport: Transport };
  url: URL;
  body: string;
  context: FaultContext;
  reader: CompletionReader;
  silence: IdleTimeout;
  signal: AbortSignal;
};

/**
 * Sends one chat call and reads its answer to the end.
 * @throws AppError `upstream_*` for an answer that breaks off or cannot be read; `signal.reason` when aborted
 */
export async function exchange(exchange: Exchange): Promise<Attempt<CompletionReader>> {
  const { access, context, reader, silence, signal } = exchange;
  let response: IncomingMessage;
  try {
    response = await access.transport.send({
      url: exchange.url,
      method: 'POST',
      headers: chatHeaders(access.apiKey, exchange.body),
      body: exchange.body,
      signal,
      reuse: true,
    });
  } catch (error) {
    signal.throwIfAborted();
    return { fault: faultFromNetwork(error, context) };
  }
  try {
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) return { fault: await readFault(response, context) };
    silence.touch();
    await readAnswerBody(response, {
      ...reader,
      onBytes: () => {
        if (!reader.hasBegun()) silence.touch();
      },
    });
    return { value: reader };
  } catch (error) {
    if (signal.aborted || isAppError(error) || !isConnectionError(error)) throw error;
    throw new AppError('upstream_cut', { cause: error });
  }
}

function isConnectionError(error: unknown): boolean {
  return typeof (error as { code?: unknown }).code === 'string';
}
