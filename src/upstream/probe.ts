/** Asks an upstream that is down whether it works again, less and less often. Those that are not down are never probed. */
import type { Clock } from '../clock.ts';
import type { Upstream } from './upstream.ts';

const FIRST_PAUSE = 100;
const MAX_PAUSE = 2000;
/** ms a probe waits for its reply. */
const PATIENCE = 1000;

/** Returns when the upstream is no longer down, or the signal is aborted. One that fails whenever it is tried is probed later each time. */
export async function probeWhileDown(upstream: Upstream, clock: Clock, signal: AbortSignal): Promise<void> {
  let pause = upstream.relapses === 0 ? 0 : Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** upstream.relapses);
  while (upstream.state === 'down') {
    await clock.wait(pause, signal).catch(() => undefined);
    if (signal.aborted) return;
    await within(PATIENCE, clock, signal, (limit) => upstream.probe(limit));
    pause = Math.min(MAX_PAUSE, Math.max(FIRST_PAUSE, pause * 2));
  }
}

/** Aborts what `work` does after `ms`. */
export async function within<T>(ms: number, clock: Clock, signal: AbortSignal, work: (limit: AbortSignal) => Promise<T>): Promise<T> {
  const done = new AbortController();
  const limit = new AbortController();
  void clock.wait(ms, AbortSignal.any([done.signal, signal])).then(
    () => limit.abort(new Error(`no reply in ${ms} ms`)),
    () => limit.abort(signal.reason),
  );
  try {
    return await work(limit.signal);
  } finally {
    done.abort();
  }
}
