/** Asks a running server at its admin address, for the commands that show what it says. */
import type { Address } from '../../src/config/option.ts';

export const DEFAULT_ADMIN: Address = { host: '127.0.0.1', port: 9153 };

/** A person waits: ms. */
const PATIENCE = 5000;

/** What it answers as JSON. Rejects with a sentence that says what to do; `path` may have a query. */
export async function askAdmin(address: Address, path: string, signal: AbortSignal): Promise<unknown> {
  const url = `http://${hostOf(address)}:${address.port}`;
  const reply = await fetch(url + path, { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) }).catch((error: unknown) => {
    signal.throwIfAborted();
    const cause = error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error);
    throw new Error(`nothing answers at ${url} (${cause}): is kubezone serving, with the same --admin?`);
  });
  const body = await reply.text();
  if (!reply.ok) throw new Error(`${url}${path} says ${reply.status}: ${body.trim()}`);
  try {
    return JSON.parse(body);
  } catch {
    throw new Error(`${url}${path} is no kubezone: ${JSON.stringify(body.slice(0, 60))}`);
  }
}

/** Where a server listens on all addresses, it is asked on this machine's own. */
function hostOf({ host }: Address): string {
  if (host === '' || host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
