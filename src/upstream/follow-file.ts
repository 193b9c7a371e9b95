/** Follows a file's text: by looking every few seconds, since watching misses what a ConfigMap's symbolic links and bind mounts do. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';

/** ms between two looks. */
const PERIOD = 5000;

export interface FollowOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with the text at once, and again whenever it has changed. */
  readonly changed: (text: string) => void;
  /** Called when the file cannot be read, once until it can. What was read before stays true. */
  readonly unreadable: (error: Error) => void;
}

/** Reads the file before it returns, then follows it until the signal is aborted. */
export function followFile(path: string, options: FollowOptions): void {
  const follower = { text: undefined as string | undefined, failed: false };
  const read = (text: string): void => {
    follower.failed = false;
    if (text === follower.text) return;
    follower.text = text;
    options.changed(text);
  };
  const fail = (error: unknown): void => {
    if (!follower.failed) options.unreadable(error as Error);
    follower.failed = true;
  };
  try {
    read(readFileSync(path, 'utf8'));
  } catch (error) {
    fail(error);
  }
  void follow(path, options, read, fail);
}

async function follow(
  path: string,
  { clock, signal }: FollowOptions,
  read: (text: string) => void,
  fail: (error: unknown) => void,
): Promise<void> {
  for (;;) {
    await clock.wait(PERIOD, signal).catch(() => undefined);
    if (signal.aborted) return;
    await readFile(path, 'utf8').then(read, fail);
  }
}
