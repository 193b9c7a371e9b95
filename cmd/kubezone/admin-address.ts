/** Where the admin address is when the options leave it out, and its URL. */
import type { Address } from '../../src/config/option.ts';

export const DEFAULT_ADMIN: Address = { host: '127.0.0.1', port: 9153 };

/** Every address of the machine is asked at its loopback. */
export function httpUrl({ host, port }: Address): string {
  const at = host === '' || host === '0.0.0.0' ? '127.0.0.1' : host;
  return `http://${at.includes(':') ? `[${at}]` : at}:${port}`;
}
