/** Follows a file's text by reading it every few seconds: file watches miss changes through a ConfigMap's symbolic links and bind mounts. */
import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../clock.ts';

/** Default ms between two reads. */
const PERIOD = 5000;
/** ms for which a new text must stay the same before it is taken: a file being written in place is partial or empty. */
const SETTLING = 200;

export interface FollowOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** ms between two reads. */
  readonly period?: number;
  /** Called with the text at once, and again whenever it has changed or can be read again. Throws when the text is unusable. */
  readonly changed: (text: string) => void;
  /** Whether `changed` is to be called with the next reading too, even of the same text: what it made of it depends on more than that. */
  readonly again?: () => boolean;
  /** Called when the file cannot be read (once until it can), and when `changed` has thrown. What was read before stays in force. */
  readonly unreadable: (error: Error) => void;
}

/** Reads the file before it returns, then follows it until the signal is aborted. */
export function followFile(path: string, options: FollowOptions): void {
  let last: string | Error | undefined;
  const isKnown = (found: string | Error): boolean => (found instanceof Error ? last instanceof Error : found === last);
  const see = (found: string | Error): void => {
    const wasKnown = isKnown(found);
    last = found;
    if (wasKnown && (found instanceof Error || options.again?.() !== true)) return;
    try {
      if (found instanceof Error) options.unreadable(found);
      else options.changed(found);
    } catch (error) {
      options.unreadable(error as Error);
    }
  };
  try {
    see(readFileSync(path, 'utf8'));
  } catch (error) {
    see(error as Error);
  }
  void follow(path, options, isKnown, see);
}

async function follow(
  path: string,
  { clock, signal, period = PERIOD }: FollowOptions,
  isKnown: (found: string | Error) => boolean,
  see: (found: string | Error) => void,
): Promise<void> {
  let settling: string | undefined;
  for (;;) {
    await clock.wait(settling === undefined ? period : SETTLING, signal).catch(() => undefined);
    if (!signal.aborted && (await isReadOnce(path))) continue;
    const found = signal.aborted ? undefined : await readFile(path, 'utf8').catch((error: unknown) => error as Error);
    // While it was read, another file may have taken its place.
    if (found === undefined || signal.aborted) return;
    if (found instanceof Error || isKnown(found) || found === settling) {
      settling = undefined;
      see(found);
    } else settling = found;
  }
}

/** What has been read from a pipe is gone, and to read it again would wait for a writer and keep the process from ending. */
async function isReadOnce(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFIFO(),
    () => false,
  );
}
