/**
 * A serving thread for tests: it opens no socket, and reports what it was started with, the commands it received and the most updates in one turn of
 * its event loop. An update of serial 666 crashes it, from 667 on it acknowledges none, and 668 hangs it; `trouble` in its data is what keeps it from listening.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Command, Report, ServingThreadData } from '../../cmd/kubezone/messages.ts';

const port = parentPort!;
const heard: string[] = [];
const { index, trouble, ...given } = workerData as ServingThreadData & { readonly trouble?: 'failed' | 'hangs' | 'waits' };
const addresses = { listen: [{ host: '127.0.0.1', port: 5300 + index }], listenTls: [], listenHttps: [] };
const report = (message: Report): void => port.postMessage(message);

let isStuck = false;
let inTurn = 0;
let together = 0;

/** Acknowledges the update, as serving threads do. */
function take(of: 'update' | 'rebuild', serial: number): void {
  together = Math.max(together, ++inTurn);
  isStuck ||= serial === 667;
  setImmediate(() => {
    inTurn = 0;
    if (!isStuck) report({ kind: 'taken', of });
  });
}

port.on('message', (command: Command) => {
  if (command.kind === 'update' || command.kind === 'rebuild') take(command.kind, command.update.serial);
  if (command.kind !== 'call')
    heard.push(command.kind === 'update' || command.kind === 'rebuild' ? `${command.kind} ${command.update.serial}` : command.kind);
  // Updates before this do not count: it serves no client yet.
  if (command.kind === 'listen') together = inTurn = 0;
  while (command.kind === 'listen' && trouble === 'hangs');
  if (command.kind === 'listen' && trouble === 'failed') report({ kind: 'failed', message: 'bind EADDRINUSE', system: {} });
  else if (command.kind === 'listen' && trouble === undefined)
    report({ kind: 'listening', urls: [`udp://127.0.0.1:${5300 + index}`], addresses });
  if (command.kind === 'update' && command.update.serial === 666) throw new Error('told to crash');
  while (command.kind === 'update' && command.update.serial === 668);
  if (command.kind === 'call') report({ kind: 'here' });
  if (command.kind === 'ask' && command.question.kind === 'cache-statistics')
    report({ kind: 'reply', id: command.id, value: { index, heard: [...heard], together, given } });
  if (command.kind === 'close') port.close();
});
