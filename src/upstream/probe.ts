/** Probes upstreams: one that was late, for whether it is there, and one that is down, less and less often. Others are never probed. */
import type { Clock } from '../clock.ts';
import type { Upstream } from './upstream.ts';

const FIRST_PAUSE = 100;
const MAX_PAUSE = 2000;
/** ms a probe waits for its reply while further ones are sent: a slow upstream is not gone. */
const PATIENCE = 5000;

/** Most ms before the first probe of an upstream that goes down whenever it is asked again. */
const MAX_RELAPSE_PAUSE = 30_000;

/** Returns when the upstream is no longer down, or the signal is aborted. One that fails whenever it is tried is probed later each time. */
export async function probeWhileDown(upstream: Upstream, clock: Clock, signal: AbortSignal): Promise<void> {
  const { relapses } = upstream;
  if (relapses > 0) await clock.wait(Math.min(MAX_RELAPSE_PAUSE, FIRST_PAUSE * 2 ** relapses), signal).catch(() => undefined);
  for (let pause = FIRST_PAUSE; upstream.state === 'down' && !signal.aborted; pause = Math.min(MAX_PAUSE, pause * 2)) {
    void within(PATIENCE, clock, signal, (limit) => upstream.probe(limit));
    await clock.wait(pause, signal).catch(() => undefined);
  }
}

/** Liveness questions to an upstream that may be gone (several, as datagrams get lost), and ms between them. */
const CALLS = 3;
const CALL_PAUSE = 300;

/** Asks an upstream that was late whether it is there, with EDNS and without, and tells it so once it is well or about a second has passed. */
export async function callIfGone(upstream: Upstream, clock: Clock, signal: AbortSignal): Promise<void> {
  const calledAt = clock.monotonic();
  let unsent = 0;
  for (let call = 1; call <= CALLS && !upstream.isWell(calledAt) && !signal.aborted; call++) {
    void within(PATIENCE, clock, signal, (limit) => upstream.call(limit, call % 2 === 1)).then((wasSent) => (unsent += wasSent ? 0 : 1));
    await clock.wait(CALL_PAUSE, signal).catch(() => undefined);
  }
  if (unsent === 0 && !signal.aborted) upstream.called(calledAt);
}

/** Runs `work` with a signal that is aborted after `ms`. */
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
