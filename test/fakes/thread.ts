/** A serving thread for tests: it listens nowhere, echoes what it is told, and crashes when an update says so, or cannot listen when its data does. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Command, Report } from '../../cmd/kubezone/messages.ts';

const port = parentPort!;
const heard: string[] = [];
const { index, cannotListen = false } = workerData as { index: number; cannotListen?: boolean };
const report = (message: Report): void => port.postMessage(message);

port.on('message', (command: Command) => {
  heard.push(command.kind === 'update' ? `update ${command.update.serial}` : command.kind);
  if (command.kind === 'listen' && cannotListen) report({ kind: 'failed', message: 'bind EADDRINUSE', system: {} });
  else if (command.kind === 'listen') report({ kind: 'listening', urls: [`udp://127.0.0.1:${5300 + index}`] });
  if (command.kind === 'update' && command.update.serial === 666) throw new Error('told to crash');
  if (command.kind === 'ask' && command.question.kind === 'cache-statistics')
    report({ kind: 'reply', id: command.id, value: { index, heard: [...heard] } });
  if (command.kind === 'close') port.close();
});
