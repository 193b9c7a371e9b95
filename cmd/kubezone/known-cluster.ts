/** Loads the whole cluster once, for commands that read it and exit. */
import { existsSync } from 'node:fs';
import { systemClock } from '../../src/clock.ts';
import { Publisher } from '../../src/cluster/publisher.ts';
import type { ClusterUpdate } from '../../src/cluster/update.ts';
import type { Options } from '../../src/config/options.ts';
import type { Failure, FailureReason } from '../../src/kubernetes/failure.ts';
import { noObserver } from '../../src/kubernetes/observer.ts';
import type { Reflected } from '../../src/kubernetes/reflected.ts';
import type { Context } from './command.ts';
import { chooseSource } from './source-choice.ts';
import { feed, neededKinds } from './source.ts';

/** Failures that seldom pass by themselves. Each is retried once, as a token may have expired or a server be about to come back. */
const LASTING: readonly FailureReason[] = ['unauthorized', 'forbidden', 'missing', 'rejected', 'unreachable', 'untrusted'];

/** Refusals until a list's refusal is believed: the first may be from an API server that has just started. */
const REFUSALS = 2;

/** Resolves to the publisher once its first lists are published; undefined if the signal came first. Rejects with a lasting failure. */
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
  const isDoneWithout = doneWithout(options);
  const failed = (of: Reflected, failure: Failure): void => {
    const { message, reason } = failure;
    if (said.has(message) && LASTING.includes(reason) && !isDoneWithout(of, failure)) {
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
  const running = AbortSignal.any([signal, done.signal]);
  await feed(chooseSource(options, process.env, existsSync), options, publisher.store, observers, running, { refusals: REFUSALS });
  if (lasting !== undefined) throw new Error('the cluster cannot be read', { cause: lasting });
  return done.signal.aborted ? publisher : undefined;
}

/** Whether a refused list is one that the server does without too (feedFromApi): of one namespace of several, of namespaces, of Pods. */
function doneWithout({ namespaces, namespaceViews }: Options): (of: Reflected, failure: Failure) => boolean {
  const refused = new Map<string, Set<string>>();
  return ({ name, namespace }, { reason }) => {
    if (reason !== 'forbidden') return false;
    if (name === 'namespaces' || name === 'pods') return name === 'namespaces' || namespaceViews.length === 0;
    const all = refused.get(name) ?? new Set<string>();
    refused.set(name, all.add(namespace));
    return all.size < namespaces.length;
  };
}
