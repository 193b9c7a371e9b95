/** The crowd in a process started by crowd.ts, so that it has its own limit on descriptors. */
import { connect } from 'node:net';
import { told } from '../told.ts';
import { queryOf } from '../load/questions.ts';
import type { CrowdOptions } from './crowd.ts';

/** Interval between octets, ms; a closed connection is opened again after one to two intervals, at random, so that they do not synchronize. */
const PAUSE = 1000;
/** Concurrent handshakes, few enough that the listener's backlog does not overflow. */
const AT_ONCE = 100;

const query = queryOf({ name: 'web.shop.svc.cluster.local', type: 'A', right: [] });
const framed = Buffer.concat([Buffer.from([0, query.length]), query]);
let [open, opened] = [0, 0];

function join(options: CrowdOptions, index: number): Promise<void> {
  const { port, slow, each } = options;
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.3.${1 + Math.floor(index / each)}` });
    let sent = 0;
    let drip: NodeJS.Timeout | undefined;
    socket.on('connect', () => {
      open++;
      opened++;
      // The first connections are the slow ones: their query never ends.
      if (index < slow)
        drip = setInterval(() => void socket.write(framed.subarray(sent, (sent = (sent + 1) % (framed.length - 1)))), PAUSE);
      socket.once('close', () => open--);
      resolve();
    });
    socket.on('error', () => undefined).resume();
    socket.on('close', () => {
      clearInterval(drip);
      setTimeout(() => void join(options, index).then(resolve), PAUSE * (1 + Math.random()));
    });
  });
}

const options = (await told()) as CrowdOptions;
let next = 0;
const lane = async (): Promise<void> => {
  while (next < options.idle + options.slow) await join(options, next++);
};
await Promise.all(Array.from({ length: AT_ONCE }, lane));
process.on('message', () => process.send?.({ open, opened }));
process.send?.('gathered');
