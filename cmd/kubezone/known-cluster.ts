/** Waits for the whole cluster once, for commands that look at it and end. */
import { existsSync } from 'node:fs';
import { systemClock } from '../../src/clock.ts';
import { Publisher } from '../../src/cluster/publisher.ts';
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import type { Options } from '../../src/config/options.ts';
import type { Failure, FailureReason } from '../../src/kubernetes/failure.ts';
import { noObserver, type Reflected } from '../../src/kubernetes/observer.ts';
import type { Context } from './command.ts';
import { chooseSource } from './source-choice.ts';
import { feed, neededKinds } from './source.ts';

/** What seldom passes by itself. It is tried once more, as a token may have expired and a server be about to come back. */
const LASTING: readonly FailureReason[] = ['unauthorized', 'forbidden', 'missing', 'rejected', 'unreachable'];

/** The publisher once its first lists are published; undefined when the signal came first. `post` is given each update. Rejects with a lasting failure. */
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
  let lasting: Failure | undefined;
  const said = new Set<string>();
  const failed = (_of: Reflected, failure: Failure): void => {
    const { message, reason } = failure;
    if (said.has(message) && LASTING.includes(reason)) {
      lasting = failure;
      done.abort();
    } else if (!said.has(message)) complain(`kubezone: ${message}`);
    said.add(message);
  };
  const observers = {
    manifests: { problem: complain, loaded: () => undefined },
    reflector: { ...noObserver, failed },
    requests: { requested: () => undefined },
  };
  await feed(chooseSource(options, process.env, existsSync), options, publisher.store, observers, AbortSignal.any([signal, done.signal]));
  if (lasting !== undefined) throw new Error('the cluster cannot be read', { cause: lasting });
  return done.signal.aborted ? publisher : undefined;
}
