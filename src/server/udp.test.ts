/** Which way of UDP is chosen, and what is said of it. */
import { expect, test } from 'vitest';
import { dgramUdpListener } from './dgram-udp.ts';
import { chooseUdp, type Udp } from './udp.ts';

const absent = (): Promise<Udp['listener']> => Promise.reject(new Error("Cannot find package 'koffi'"));
const present = (): Promise<Udp['listener']> => Promise.resolve(dgramUdpListener);

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
