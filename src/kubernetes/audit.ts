/** Compares, at random intervals, the names and versions held with those on the API server, to find a watch that lost an event. */
import type { Clock, Random } from '../clock.ts';
import type { ApiObject, Key } from '../cluster/model.ts';
import type { Collection } from './collection.ts';
import { Failure } from './failure.ts';
import { Problem } from './fields.ts';
import type { Held } from './held.ts';
import { list } from './list.ts';
import { identityOf, type Identity } from './resource.ts';
import { isOlder } from './resource-version.ts';

export interface AuditOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Mean time between audits, ms; 0 for none. */
  readonly interval: number;
}

/** How long events already under way during the audit's list may take to arrive, ms. */
const CATCH_UP = 10_000;

/**
 * Runs until aborted and passes `done` the number of differing objects after each completed audit. A failed audit is ignored: the watch fails too.
 */
export async function audit(
  of: Collection,
  held: Held<ApiObject>,
  { clock, random, signal, interval }: AuditOptions,
  done: (differences: number) => void,
): Promise<void> {
  const ended = (): boolean => signal.aborted;
  while (interval > 0 && !ended()) {
    try {
      await clock.wait(interval * (0.5 + random()), signal);
      const { version, suspects } = await compare(of, held, signal);
      if (suspects.length > 0) await clock.wait(CATCH_UP, signal);
      done(suspects.filter((suspect) => differs(held, suspect, version)).length);
    } catch (error) {
      if (!ended() && !(error instanceof Failure)) throw error;
    }
  }
}

/** An object that differs; `server` is undefined when the server does not have it. */
interface Suspect {
  readonly key: Key;
  readonly server: Identity | undefined;
}

interface Comparison {
  readonly version: string;
  readonly suspects: readonly Suspect[];
}

async function compare(of: Collection, held: Held<ApiObject>, signal: AbortSignal): Promise<Comparison> {
  const listed = new Set<Key>();
  const suspects: Suspect[] = [];
  const take = (object: Parameters<typeof identityOf>[0]): void => {
    const server = readable(() => identityOf(object, of.resource.namespaced));
    if (server === undefined) return;
    listed.add(server.key);
    const known = held.versionOf(server.key);
    if (known?.uid !== server.uid || known.resourceVersion !== server.resourceVersion) suspects.push({ key: server.key, server });
  };
  const version = await list(of, take, signal, { metadataOnly: true });
  for (const key of held.keys()) if (!listed.has(key)) suspects.push({ key, server: undefined });
  return { version, suspects };
}

/** Whether the object still differs, other than because what is held is newer than the audit's list. */
function differs(held: Held<ApiObject>, { key, server }: Suspect, version: string): boolean {
  const known = held.versionOf(key);
  const last = known?.resourceVersion ?? held.goneAt(key);
  if (last !== undefined && isOlder(version, last)) return false;
  // The held one may also be of a history that the server lost when it was restored from a backup, having counted past its version since.
  return known?.uid !== server?.uid || known?.resourceVersion !== server?.resourceVersion;
}

function readable<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
