/** Which UDP listener is chosen, and the reason given. */
import { Socket } from 'node:dgram';
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../clock.ts';
import { dgramUdpListener } from './dgram-udp.ts';
import { chooseUdp, type Udp } from './udp.ts';

const absent = (): Promise<Udp> => Promise.reject(new Error("Cannot find package 'koffi'"));
const present = (): Promise<Udp> => Promise.resolve({ mode: 'batched', listener: dgramUdpListener });

test.for([
  { mode: 'auto', load: present, chosen: 'batched', because: undefined },
  { mode: 'auto', load: absent, chosen: 'dgram', because: "Cannot find package 'koffi'" },
  { mode: 'batched', load: present, chosen: 'batched', because: undefined },
  { mode: 'dgram', load: present, chosen: 'dgram', because: undefined },
] as const)('$mode', async ({ mode, load, chosen, because }) => {
  const udp = await chooseUdp(mode, load);
  expect(udp.mode).toBe(chosen);
  expect(udp.because).toBe(because);
});

test('batched, where it cannot be had', async () => {
  await expect(chooseUdp('batched', absent)).rejects.toThrow("--udp batched: Cannot find package 'koffi'; auto or dgram work everywhere");
});

/** The function node:dgram calls with each packet, called directly: forging a source port needs a privilege. */
type Receive = (packet: Uint8Array, remote: { address: string; port: number }) => void;

test('a packet from port 0, to which nothing can be sent, is not asked and harms nobody', async () => {
  const on = vi.spyOn(Socket.prototype, 'on');
  onTestFinished(() => on.mockRestore());
  const asked: number[] = [];
  const listener = dgramUdpListener({
    endpoint: { host: '127.0.0.1', port: 0 },
    clock: systemClock,
    respond: (_packet, length, { port }) => {
      asked.push(port);
      return length;
    },
  });
  await listener.listen();
  const receive = on.mock.calls.find(([event]) => (event as string) === 'message')![1] as unknown as Receive;
  for (const port of [0, 9]) receive(new Uint8Array(12), { address: '127.0.0.1', port });
  await listener.close();
  expect(asked).toEqual([9]);
});
