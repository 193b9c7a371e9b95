/** Asks a running server at its admin address, for the commands that show its data. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Address } from '../../src/config/option.ts';
import { http } from '../../src/node-modules.ts';
import { urlHost } from '../../src/wire/address.ts';

export const DEFAULT_ADMIN: Address = { host: '127.0.0.1', port: 9153 };

/** Timeout, ms: a person waits. */
const PATIENCE = 5000;

/** Returns the reply, parsed as JSON. Rejects with a sentence that says what to do; `path` may have a query. */
export async function askAdmin(address: Address, path: string, signal: AbortSignal): Promise<unknown> {
  const url = `http://${hostOf(address)}:${address.port}`;
  const { status, body } = await get(url + path, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])).catch((error: unknown) => {
    signal.throwIfAborted();
    const { message, cause } = error as Error;
    throw new Error(
      `nothing answers at ${url} (${(cause as Error | undefined)?.message ?? message}): is kubezone serving, with the same --admin?`,
    );
  });
  if (status !== 200) throw new Error(`${url}${path} says ${status}: ${body.trim()}`);
  try {
    return JSON.parse(body);
  } catch {
    throw new Error(`${url}${path} is no kubezone: ${JSON.stringify(body.slice(0, 60))}`);
  }
}

/** Not by fetch(), which refuses the ports that browsers may not use, such as 10080. */
async function get(url: string, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }> {
  const sent = http.request(url, { signal, agent: false }).end();
  // Without a response or an error where what listens there switches to another protocol (101).
  const closed = once(sent, 'close').then(() => Promise.reject(new Error('closed without a response')));
  const [response] = (await Promise.race([once(sent, 'response'), closed])) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}

/** Returns the host to ask: this machine's loopback address where the server listens on all addresses. */
function hostOf({ host }: Address): string {
  if (host === '' || host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return urlHost(host);
}
