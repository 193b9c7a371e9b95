/** Counts what a listener reports: messages, batches, connections, and dropped packets. */
import type { Clock } from '../clock.ts';
import type { ListenerObserver } from '../server/observer.ts';
import type { Transport } from '../wire/query.ts';
import { cellOf } from './cells.ts';
import type { Counters } from './counters.ts';
import { indexOf } from './dimensions.ts';
import type { Log } from './log.ts';

export interface ListenerObserverOptions {
  readonly counters: Counters;
  readonly transport: Transport;
  /** Where the listener listens, for the log. */
  readonly url: string;
  /** Called at the end of a batch: it took `elapsed` ms (AnswerObserver.batch). */
  readonly batch: (elapsed: number) => void;
  /** ListenerObserver.read. */
  readonly read: ListenerObserver['read'];
  /** ListenerObserver.backlog. */
  readonly backlog: ListenerObserver['backlog'];
  readonly log: Log;
  readonly clock: Clock;
}

export function listenerObserver({
  counters,
  transport,
  url,
  batch,
  read,
  backlog,
  log,
  clock,
}: ListenerObserverOptions): ListenerObserver {
  const proto = indexOf('proto', transport);
  const add = (cell: number, count = 1): void => {
    counters[cell]! += count;
  };
  const batches = cellOf('batches', proto);
  const received = cellOf('received', proto);
  const sent = cellOf('sent', proto);
  const open = cellOf('connectionsOpen', proto);
  return {
    batch: (messages, answers, elapsed) => {
      add(batches);
      add(received, messages);
      add(sent, answers);
      batch(elapsed);
    },
    read,
    backlog,
    sentLater: (count) => add(sent, count),
    oversized: (count) => add(cellOf('oversized', proto), count),
    kernelDrops: (count) => {
      add(cellOf('kernelDrops', proto), count);
      log.warn({ url, drops: count }, 'the kernel dropped packets: the receive buffer was full (see --udp-receive-buffer and --threads)');
    },
    clientDrops: (count) => {
      add(cellOf('clientDrops', proto), count);
      log.warn({ url, drops: count }, 'packets were dropped: a client sends more than can be answered (see --client-rate and --threads)');
    },
    receiveBuffer: (size) => {
      counters[cellOf('receiveBuffer', proto)] = size;
    },
    failed: (call, code, lost) => {
      add(cellOf('callFailures', proto, indexOf('errorCode', code)));
      add(cellOf('lostAnswers', proto), lost);
      log.debug({ url, call, code, lost }, 'a system call failed');
    },
    opened: () => {
      add(open);
      add(cellOf('connectionsOpened', proto));
    },
    closed: (reason) => {
      add(open, -1);
      add(cellOf('connectionsClosed', proto, indexOf('closeReason', reason ?? 'client')));
    },
    refused: (reason) => add(cellOf('connectionsRefused', proto, indexOf('closeReason', reason))),
    certificate: (error) => {
      add(cellOf('certificateReloads', proto, indexOf('result', error === undefined ? 'success' : 'failure')));
      counters[cellOf('certificateUnusable')] = error === undefined ? 0 : 1;
      if (error === undefined) log.info({ url }, 'the certificate was read again');
      else
        log.error(
          { url },
          `the certificate could not be used; the one in use stays, and without one the encrypted transports wait: ${error.message}`,
        );
    },
    certificateValid: (from, to) => {
      // A thread that replaces another may have a usable certificate where its predecessor had none.
      counters[cellOf('certificateUnusable')] = 0;
      counters[cellOf('certificateNotBefore')] = from.getTime() / 1000;
      counters[cellOf('certificateNotAfter')] = to.getTime() / 1000;
      const now = clock.now();
      if (now < from.getTime() || now > to.getTime())
        log.warn({ url, from, to }, 'the certificate is not valid at this time: clients that check it will not ask');
    },
  };
}
