/** What a reflector does next: go on watching, or list again and how; decided from what failed before. */
import type { Random } from '../clock.ts';
import type { Backoff } from './backoff.ts';
import type { Failure, FailureReason } from './failure.ts';
import type { RelistCause } from './observer.ts';

export interface Course {
  /** Why a complete list is needed; undefined while a watch goes on from what is held. */
  readonly needs: RelistCause | undefined;
  /** Whether the next list is to come as a stream. */
  readonly byStream: boolean;
  /** Whether the next list in pages is to come in one. */
  readonly whole: boolean;
  /** Whether the next list is to be read without regard to what is held, which may be wrong under the right version. */
  readonly anew: boolean;
  /** A complete list was believed; it came as a stream, or in pages. */
  listed(byStream: boolean): void;
  /** An event came: the watch works. */
  progressed(): void;
  /** What is held differs from the server's. */
  differs(): void;
  /** Gives the wait before the next attempt, ms. */
  failed(failure: Failure, byStream: boolean): number;
}

export interface CourseOptions {
  readonly random: Random;
  readonly backoff: Backoff;
  /**
   * Backoff for lists after a 410 Gone or a version gone back; the first is not delayed. A good list does not reset it: a replica whose lists work but
   * whose every watch is 410 would otherwise be listed in a tight loop.
   */
  readonly relists: Backoff;
  /** Before a list that was not believed is asked for again, ms. */
  readonly suspectWait: number;
  /** Whether to ask for streaming lists at all. */
  readonly streaming: boolean;
}

export function createCourse({ random, backoff, relists, suspectWait, streaming }: CourseOptions): Course {
  let needs: RelistCause | undefined = 'start';
  let whole = false;
  /** After a streaming list that failed: the next one in pages. */
  let pagesNext = false;
  /** How often the server would not give a streaming list. */
  let refusals = streaming ? 0 : REFUSALS;
  /** In a row. */
  let failures = 0;

  return {
    get needs() {
      return needs;
    },
    get byStream() {
      // A suspect list is asked for in another way than it came.
      return needs !== undefined && needs !== 'suspect' && refusals < REFUSALS && !pagesNext;
    },
    get whole() {
      return whole;
    },
    get anew() {
      return needs === 'suspect' || needs === 'backwards' || needs === 'audit';
    },
    listed(byStream) {
      needs = undefined;
      whole = pagesNext = false;
      failures = 0;
      if (byStream) refusals = 0;
    },
    progressed() {
      failures = 0;
    },
    differs() {
      needs ??= 'audit';
    },
    failed({ reason, retryAfter }, byStream) {
      const wasListing = needs !== undefined;
      failures++;
      const relist = RELIST[reason];
      if (relist !== undefined && failures >= relist.after) needs = relist.cause === 'suspect' ? 'suspect' : (needs ?? relist.cause);
      if (reason === 'expired' && wasListing) whole = true;
      if (reason === 'audit') return 0;
      // A server that says so is there, and replicas that failed together have come back apart: no need to be blind for longer, once.
      if (reason === 'expired' || reason === 'backwards') return relists.next();
      if (byStream && needs !== undefined && STREAM.has(reason)) {
        pagesNext = true;
        refusals = reason === 'rejected' ? REFUSALS : reason === 'server' || reason === 'idle' ? refusals + 1 : refusals;
        // It may be the streaming list only that the server cannot: a list in pages is asked for at once.
        if (failures === 1) return 0;
      }
      // What the server asks for, and a little more so that its clients do not return together; not for ever.
      if (retryAfter > 0) return Math.min(retryAfter, LONGEST_RETRY_AFTER) * 1000 * (1 + random() / 2);
      return reason === 'suspect' ? suspectWait : backoff.next();
    },
  };
}

/** Seconds. */
const LONGEST_RETRY_AFTER = 60;

/** Failures that may be the streaming list's own: the next list comes in pages. */
const STREAM: ReadonlySet<FailureReason> = new Set(['rejected', 'server', 'idle', 'cut', 'malformed']);

/**
 * After so many in a row no streaming list is asked for again. A 4xx says at once that there is none; a 500 is also what one says whose etcd is too old for
 * it, and silence what one gives that does not end it.
 */
const REFUSALS = 2;

/** Which failures, after how many in a row without an event or a list between them, mean that going on from what is held is not safe or not possible. */
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
