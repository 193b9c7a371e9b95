/** Hot reload: reads the config file again when it changes; a valid one takes effect, an invalid one changes nothing and is logged. */
import { systemClock } from '../../src/clock.ts';
import type { Options } from '../../src/config/options.ts';
import { reload } from '../../src/config/reload.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { followFile } from '../../src/upstream/follow-file.ts';
import type { Context } from './command.ts';

/** Time between two looks at the file, ms; short, since a person waits for the change. */
const PERIOD = 1000;

export interface ReloadObserver {
  /** `error`: the file was refused, and the options in use stay. */
  reloaded(error: boolean): void;
  /** Options for which the file, which is valid, has other values than those in use, and which change only with a restart. */
  waiting(options: readonly string[]): void;
}

export interface FollowConfigParts {
  readonly context: Pick<Context, 'loadAgain'>;
  readonly log: Log;
  readonly observer: ReloadObserver;
  readonly signal: AbortSignal;
  /** Applies the options: they are valid, and the files that they name can be read. */
  readonly use: (options: Options) => void;
}

/** Runs until aborted. Changes of a mounted ConfigMap, which come as a renamed symbolic link, are seen as well. */
export function followConfig(options: Options, { context, log, observer, signal, use }: FollowConfigParts): void {
  const path = options.config;
  if (path === undefined) return;
  const ofFile = { path, changed: 'config' };
  let current = options;
  const refuse = (reasons: readonly string[]): void => {
    observer.reloaded(true);
    for (const reason of reasons) log.error(ofFile, `config refused, the old one stays in use: ${reason}`);
  };
  /** Why the text last seen is refused; '' if it is not. */
  let refused = '';
  const look = (isAgain: boolean): void => {
    const loaded = context.loadAgain();
    const before = refused;
    refused = '';
    if ('errors' in loaded) {
      const reasons = loaded.errors.map(({ message }) => message);
      refused = reasons.join('\n');
      if (!isAgain || refused !== before) refuse(reasons);
      return;
    }
    const { options: next, changed, needRestart } = reload(current, loaded.options);
    observer.waiting(needRestart);
    if (needRestart.length > 0) log.warn(ofFile, `config changed in what takes effect only after a restart: ${needRestart.join(', ')}`);
    if (changed.length === 0) {
      if (isFirst) return;
      observer.reloaded(false);
      if (needRestart.length === 0) log.info(ofFile, 'config says what is in use already');
      return;
    }
    use(next);
    current = next;
    observer.reloaded(false);
    log.info(ofFile, `config reloaded: ${changed.join(', ')}`);
  };
  let isFirst = true;
  let last: string | undefined;
  followFile(path, {
    clock: systemClock,
    signal,
    period: PERIOD,
    changed: (text) => {
      // A full disk, or a template that failed into the file, leaves it empty: that all options shall have their defaults is not believed.
      const isEmptied = text.trim() === '' && !isFirst;
      if (isEmptied) {
        refused = '';
        refuse(['the file is empty; where all defaults are meant, say so in a comment']);
      } else look(text === last);
      last = text;
      // The first text is the one that the program started with, unless the file has changed since.
      isFirst = false;
    },
    // A file that it names may come later, as the kubelet updates volumes one by one, or could not be read for a moment.
    again: () => refused !== '',
    unreadable: (error) => {
      refused = '';
      refuse([error.message]);
    },
  });
}
