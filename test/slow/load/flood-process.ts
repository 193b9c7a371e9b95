/** Sends a flood from a process started by flood.ts, which sends it the options and receives the result. */
import { createSocket, type Socket } from 'node:dgram';
import { randomFillSync } from 'node:crypto';
import { told } from '../told.ts';
import { queryOf } from './questions.ts';
import type { FloodOptions, FloodResult } from './flood.ts';

const LETTERS = 10;
/** Maximum queries per turn of the event loop, so that responses are read as well. */
const TURN = 64;
/** Time to wait for late responses at the end, ms. */
const LAST = 300;

async function run({ port, from, rate, name }: FloodOptions, flowing: () => void, stopped: Promise<unknown>): Promise<FloodResult> {
  const query = queryOf({ name: name.replace('*', 'x'.repeat(LETTERS)), type: 'A', right: [] });
  const star = name.includes('*') ? query.indexOf('x'.repeat(LETTERS)) : -1;
  const answered: Record<number, number> = {};
  let [sent, truncated] = [0, 0];
  const count = (response: Buffer): void => {
    const rcode = response[3]! & 0xf;
    if ((response[2]! & 0x02) !== 0) truncated++;
    else answered[rcode] = (answered[rcode] ?? 0) + 1;
  };
  const sockets = await Promise.all(from.map((address) => open(port, address, count)));
  flowing();

  const end = new AbortController();
  void stopped.then(() => end.abort());
  const began = performance.now();
  const random = new Uint8Array(LETTERS);
  while (!end.signal.aborted) {
    const due = Math.min(sent + TURN, ((performance.now() - began) * rate) / 1000);
    for (; sent < due; sent++) {
      const packet = Buffer.from(query);
      packet.writeUInt16BE(sent & 0xffff, 0);
      if (star >= 0) for (const [index, octet] of randomFillSync(random).entries()) packet[star + index] = 97 + (octet % 26);
      sockets[sent % sockets.length]!.send(packet);
    }
    await new Promise((resolve) => (sent < ((performance.now() - began) * rate) / 1000 ? setImmediate(resolve) : setTimeout(resolve, 1)));
  }
  const seconds = (performance.now() - began) / 1000;
  await new Promise((resolve) => setTimeout(resolve, LAST));
  for (const socket of sockets) socket.close();
  return { sent, seconds, answered, truncated };
}

async function open(port: number, address: string, count: (response: Buffer) => void): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 22 });
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', resolve));
  // Ignores the error that reports a closed port.
  return socket.on('error', () => undefined).on('message', count);
}

const options = (await told()) as FloodOptions;
const result = await run(options, () => process.send?.('flowing'), told());
process.send?.(result, () => process.disconnect?.());
