/** Asks a running server at its admin address, for the commands that show what it says. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Address } from '../../src/config/option.ts';

export const DEFAULT_ADMIN: Address = { host: '127.0.0.1', port: 9153 };

/** A person waits: ms. */
const PATIENCE = 5000;

/** What it answers as JSON. Rejects with a sentence that says what to do; `path` may have a query. */
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

/** Not by fetch(): ports that browsers may not ask, such as 10080, are as good as others here. */
async function get(url: string, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }> {
  const sent = request(url, { signal, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}

/** Where a server listens on all addresses, it is asked on this machine's own. */
function hostOf({ host }: Address): string {
  if (host === '' || host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
