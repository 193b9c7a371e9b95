/** What a reflector does next, decided from earlier failures: continue to watch, or list again and how. */
import type { Random } from '../clock.ts';
import type { Backoff } from './backoff.ts';
import type { Failure, FailureReason } from './failure.ts';
import type { RelistCause } from './observer.ts';

export interface RelistPolicy {
  /** Why a complete list is needed; undefined while a watch can continue from what is held. */
  readonly relistCause: RelistCause | undefined;
  /** Whether to request the next list as a stream (KEP-3157). */
  readonly byStream: boolean;
  /** Whether to request the next paged list as a single page. */
  readonly inOnePage: boolean;
  /** Whether to read the next list without reusing what is held, which may be wrong under the right resourceVersion. */
  readonly ignoresHeld: boolean;
  /** Records that a complete list was accepted, and whether it was streamed. */
  listed(byStream: boolean): void;
  /** Records an event: the watch works. */
  progressed(): void;
  /** Records that what is held differs from the server's objects. */
  differs(): void;
  /** Records a failure and returns the wait before the next attempt, ms. */
  failed(failure: Failure, byStream: boolean): number;
}

export interface RelistPolicyOptions {
  readonly random: Random;
  readonly backoff: Backoff;
  /**
   * Backoff for lists after a 410 Gone or a version that went backwards; the first is not delayed. A successful list does not reset it: otherwise an
   * API server replica whose lists work but whose every watch gets a 410 would be listed in a tight loop.
   */
  readonly relists: Backoff;
  /** Wait before a list that was not accepted is requested again, ms. */
  readonly suspectWait: number;
  /** Whether to request streaming lists at all. */
  readonly streaming: boolean;
}

export function relistPolicy({ random, backoff, relists, suspectWait, streaming }: RelistPolicyOptions): RelistPolicy {
  let relistCause: RelistCause | undefined = 'start';
  let inOnePage = false;
  /** Set by a failed streaming list: the next list is paged. */
  let pagesNext = false;
  /** Streaming lists that the server failed to give, in a row. */
  let refusals = streaming ? 0 : REFUSALS;
  /** Failures of each kind, without an event or a list between them. */
  const failures = new Map<FailureReason, number>();

  return {
    get relistCause() {
      return relistCause;
    },
    get byStream() {
      // A suspect list is confirmed by a paged one.
      return relistCause !== undefined && relistCause !== 'suspect' && refusals < REFUSALS && !pagesNext;
    },
    get inOnePage() {
      return inOnePage;
    },
    get ignoresHeld() {
      return relistCause === 'suspect' || relistCause === 'backwards' || relistCause === 'audit';
    },
    listed(byStream) {
      relistCause = undefined;
      inOnePage = pagesNext = false;
      failures.clear();
      if (byStream) refusals = 0;
    },
    progressed() {
      failures.clear();
    },
    differs() {
      relistCause ??= 'audit';
    },
    failed({ reason, retryAfter }, byStream) {
      const wasListing = relistCause !== undefined;
      const times = (failures.get(reason) ?? 0) + 1;
      const isFirst = failures.size === 0;
      failures.set(reason, times);
      const relist = RELIST[reason];
      if (relist !== undefined && times >= relist.after)
        relistCause = relist.cause === 'suspect' ? 'suspect' : (relistCause ?? relist.cause);
      if (reason === 'expired' && wasListing) inOnePage = true;
      if (reason === 'audit') return 0;
      // A server that answers so is up, and replicas that failed together have already returned at different times: the first relist need not wait.
      if (reason === 'expired' || reason === 'backwards') return relists.next();
      if (byStream && relistCause !== undefined && STREAM.has(reason)) {
        pagesNext = true;
        refusals = reason === 'rejected' ? REFUSALS : reason === 'server' || reason === 'idle' ? refusals + 1 : refusals;
        // Perhaps the server fails only at streaming lists: request a paged list at once. One that refuses them is there, however long it was away.
        if (isFirst || reason === 'rejected') return 0;
      }
      // The wait the server asks for, capped, and up to half more so that its clients do not return together.
      if (retryAfter > 0) return Math.min(retryAfter, LONGEST_RETRY_AFTER) * 1000 * (1 + random() / 2);
      return reason === 'suspect' ? suspectWait : backoff.next();
    },
  };
}

/** Seconds. */
const LONGEST_RETRY_AFTER = 60;

/** Failures that may be specific to streaming lists: the next list is paged. */
const STREAM: ReadonlySet<FailureReason> = new Set(['rejected', 'server', 'idle', 'cut', 'malformed']);

/**
 * Streaming lists are abandoned after this many failures in a row. A 4xx counts as all of them: the server has no streaming lists. A 500 may also
 * mean that its etcd is too old for them, and silence that it never completes one.
 */
const REFUSALS = 2;

/** Failures that, after so many of the kind without an event or a list between them, make it unsafe or impossible to continue from what is held. */
const RELIST: Readonly<Partial<Record<FailureReason, { readonly after: number; readonly cause: RelistCause }>>> = {
  expired: { after: 1, cause: 'expired' },
  backwards: { after: 1, cause: 'backwards' },
  suspect: { after: 1, cause: 'suspect' },
  ahead: { after: 2, cause: 'failing' },
  malformed: { after: 2, cause: 'failing' },
  idle: { after: 2, cause: 'failing' },
  rejected: { after: 2, cause: 'failing' },
  server: { after: 5, cause: 'failing' },
};
