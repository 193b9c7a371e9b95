/** The one file that knows every part: puts the server together and runs it until the signal. */
import { once } from 'node:events';
import type { Options } from '../../src/config/options.ts';
import type { Context } from './command.ts';
import { welcome } from './example.ts';
import { chooseSource, listenAddresses } from './source-choice.ts';

/** Resolves to the exit code when the signal has come and everything is closed. Rejects with what startup-error.ts explains. */
export async function serve(options: Options, { signal, print }: Context): Promise<number> {
  const source = chooseSource(options, process.env, () => false);
  const [address = { host: '127.0.0.1', port: 1053 }] = listenAddresses(options, source);
  if (source === 'example') print(welcome(address));
  const alive = setInterval(() => undefined, 60_000);
  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(alive);
  return 0;
}
