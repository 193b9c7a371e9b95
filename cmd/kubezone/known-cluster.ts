/** Waits for the whole cluster once, for commands that look at it and end. */
import { existsSync } from 'node:fs';
import { systemClock } from '../../src/clock.ts';
import { Publisher } from '../../src/cluster/publisher.ts';
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import type { Options } from '../../src/config/options.ts';
import { noObserver } from '../../src/kubernetes/observer.ts';
import type { Context } from './command.ts';
import { chooseSource } from './source-choice.ts';
import { feed, neededKinds } from './source.ts';

/** The publisher once its first lists are published; undefined when the signal came first. `post` is given each update. */
export async function knownCluster(
  options: Options,
  { signal, complain }: Pick<Context, 'signal' | 'complain'>,
  post: (update: ClusterUpdate) => void = () => undefined,
): Promise<Publisher | undefined> {
  const done = new AbortController();
  const publisher = new Publisher({
    clock: systemClock,
    needed: neededKinds(options),
    post: (update) => {
      post(update);
      if (update.state === 'live') done.abort();
    },
  });
  const observers = {
    manifests: { problem: complain, loaded: () => undefined },
    reflector: { ...noObserver, failed: (_of: unknown, failure: { message: string }) => complain(failure.message) },
  };
  await feed(chooseSource(options, process.env, existsSync), options, publisher.store, observers, AbortSignal.any([signal, done.signal]));
  return done.signal.aborted ? publisher : undefined;
}
