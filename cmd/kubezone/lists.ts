/** Blocklists and response policy zones: read before serving starts, and again when their files change. */
import { access, constants } from 'node:fs/promises';
import { systemClock } from '../../src/clock.ts';
import type { Options } from '../../src/config/options.ts';
import { Action } from '../../src/query/filter/action.ts';
import { followPolicies, stampsOf } from '../../src/query/filter/follow-policies.ts';
import { policyFiles, type LoadedPolicies, type PolicySources } from '../../src/query/filter/load-policies.ts';
import type { PolicyData } from '../../src/query/filter/policies.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { ENTRY } from './entry.ts';
import { loadInThread } from './list-thread.ts';

export interface Lists {
  /** Undefined if the options name no list. */
  readonly data: PolicyData | undefined;
  /** Follows the files until aborted; `use` is called with each new table. */
  follow(use: (data: PolicyData) => void, signal: AbortSignal): Promise<void>;
}

/**
 * Resolves to undefined if the signal comes first. Rejects when a list cannot be read, with the errors of all of them: starting without it would let
 * through what the operator wants blocked.
 */
export async function readLists(options: Options, log: Log, signal: AbortSignal): Promise<Lists | undefined> {
  const sources: PolicySources = { rpz: options.rpz, blocklists: options.blocklist, blocklistAction: Action[options.blocklistAction] };
  if (sources.rpz.length + sources.blocklists.length === 0) return { data: undefined, follow: () => Promise.resolve() };
  await allReadable([...sources.rpz, ...sources.blocklists]);
  const stamps = await stampsOf(sources);
  const start = systemClock.monotonic();
  const loaded = await loadInThread(ENTRY, sources, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    return undefined;
  });
  if (loaded === undefined) return undefined;
  say(loaded, systemClock.monotonic() - start, log);
  return {
    data: loaded.data,
    follow: (use, ending) =>
      followPolicies(
        sources,
        { stamps, lists: loaded.data.lists },
        systemClock,
        {
          loaded: (policies, elapsed) => {
            say(policies, elapsed, log);
            use(policies.data);
          },
          failed: (error) => sayFailure(error, log),
        },
        ending,
        (changed) => loadInThread(ENTRY, changed, ending),
      ),
  };
}

/** Rejects with the errors of all lists that cannot be read: told of one at a time, an operator would have to start as many times. */
async function allReadable(paths: readonly string[]): Promise<void> {
  const readable = async (path: string): Promise<void> => {
    const files = await policyFiles.list(path);
    await Promise.all(files.map((file) => access(file.path, constants.R_OK)));
  };
  const results = await Promise.allSettled(paths.map(readable));
  const errors = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as Error);
  if (errors.length > 0) throw new AggregateError(errors);
}

/** The reason is in the message, as the log suppresses repeats of the same one: each is told once, and another may come within seconds. */
export function sayFailure(error: unknown, log: Log): void {
  log.error({}, `a list cannot be read, and the one in use stays: ${(error as Error).message}`);
}

/** Logs everything in one line each. The log suppresses repeats of the same message, so each says how much was read: an edit may follow another soon. */
function say({ data, skipped }: LoadedPolicies, elapsed: number, log: Log): void {
  const lists = data.lists.map(({ name, rules, skipped: lines }) => ({ list: name, rules, skipped: lines }));
  log.info({ lists, milliseconds: Math.round(elapsed) }, `lists read: ${sumOf(data.lists.map(({ rules }) => rules))} rules`);
  if (skipped.length > 0)
    log.warn(
      { lines: skipped },
      `${sumOf(data.lists.map(({ skipped: lines }) => lines))} lines of lists are no rules and are left out; of each list the first are told`,
    );
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
