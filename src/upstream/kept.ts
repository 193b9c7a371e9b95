/** Persistent connections to an upstream (RFC 7766 section 6.2): one, or more while many questions wait or it closes each after a few replies. */
import type { Clock } from '../clock.ts';
import { ExchangeError, type Exchange } from './exchange.ts';

export interface Keepable {
  /** Whether another question can be sent on it. */
  readonly isUsable: boolean;
  /** Clock.monotonic() of the first question since the peer was last heard; undefined when it owes nothing. */
  readonly unheardSince: number | undefined;
  ask(message: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
  close(): void;
}

export interface KeptOptions {
  readonly clock: Clock;
  /** Called for every question; `kept` says whether its connection was open already. */
  readonly asked?: ((kept: boolean) => void) | undefined;
}

interface Kept {
  readonly connection: Keepable;
  asked: number;
  answered: number;
  waiting: number;
}

/** Connections open at once to one upstream. */
const MAX_CONNECTIONS = 256;
/** Waiting questions from which on another connection is opened: servers stop reading while some hundred wait, or answer in order. */
const CROWDED = 32;
/** Connections opened before crowded ones get more questions. */
const MAX_UNCROWDED = 16;
/** More than can wait on one connection. */
const MAX_QUESTIONS = 65_536;
/** ms without input on a connection that owes replies, after which others are preferred: it may be dead without any error. */
const QUIET = 500;
/** ms for which the number of replies after which an upstream closes connections is remembered: it may only have been restarted. */
const MEMORY = 10_000;

/**
 * Retries a question once, on another connection, when its own was reset: servers may close idle connections at any time. After an upstream has
 * closed a connection that still owed replies, no connection is asked more than that one answered, for MEMORY ms.
 */
export function keptConnections(open: () => Keepable, { clock, asked }: KeptOptions): Exchange & Disposable {
  const all = new Set<Kept>();
  let isLetGo = false;
  let most = Infinity;
  let learntAt = -Infinity;
  const choose = (): Kept => {
    const now = clock.monotonic();
    if (now - learntAt >= MEMORY) most = Infinity;
    let least: Kept | undefined;
    let burden = Infinity;
    for (const kept of all) {
      if (!kept.connection.isUsable) all.delete(kept);
      else if (kept.asked < most && burdenOf(kept, now) < burden) {
        least = kept;
        burden = burdenOf(kept, now);
        if (burden < CROWDED) break;
      }
    }
    if (least !== undefined && (burden < CROWDED || all.size >= MAX_UNCROWDED)) {
      asked?.(true);
      return least;
    }
    if (all.size >= MAX_CONNECTIONS) throw new ExchangeError('exhausted', `${all.size} connections are waiting for replies`);
    const kept = { connection: open(), asked: 0, answered: 0, waiting: 0 };
    all.add(kept);
    asked?.(false);
    return kept;
  };
  const ask: Exchange = async (message, signal) => {
    const kept = choose();
    kept.asked++;
    kept.waiting++;
    try {
      const reply = await kept.connection.ask(message, signal);
      kept.answered++;
      return reply;
    } catch (error) {
      if (isReset(error) && kept.answered > 0 && !signal.aborted) {
        most = kept.answered;
        learntAt = clock.monotonic();
      }
      throw error;
    } finally {
      kept.waiting--;
      if (kept.waiting === 0 && (isLetGo || kept.asked >= most)) kept.connection.close();
    }
  };
  const exchange: Exchange = async (message, signal) => {
    try {
      return await ask(message, signal);
    } catch (error) {
      if (signal.aborted || !isReset(error)) throw error;
      return ask(message, signal);
    }
  };
  // Questions in flight still get their replies.
  const letGo = (): void => {
    isLetGo = true;
    for (const { connection, waiting } of all) if (waiting === 0) connection.close();
  };
  return Object.assign(exchange, { [Symbol.dispose]: letGo });
}

/** Returns the number of questions waiting on a connection; a quiet one ranks behind all that are not. */
function burdenOf({ connection, waiting }: Kept, now: number): number {
  return now - (connection.unheardSince ?? now) > QUIET ? waiting + MAX_QUESTIONS : waiting;
}

function isReset(error: unknown): boolean {
  return error instanceof ExchangeError && error.why === 'reset';
}
