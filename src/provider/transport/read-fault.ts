import type { IncomingMessage } from 'node:http';
import { faultFromAnswer, type Fault, type FaultContext } from '../faults.ts';
import { readText } from './transport.ts';

const MAX_ERROR_BYTES = 64 * 1024;

/** What an answer with an error status says. @throws the system's error when the connection breaks */
export async function readFault(response: IncomingMessage, context: FaultContext): Promise<Fault> {
  const { text } = await readText(response, MAX_ERROR_BYTES);
  const header = (name: string) => {
    const value = response.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return faultFromAnswer({ status: response.statusCode ?? 0, header, body: text }, context);
}
