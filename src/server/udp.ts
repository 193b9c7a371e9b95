/** Chooses how UDP is read and written: with many packets per system call where that is available, else with node:dgram. */
import { dgramUdpListener } from './dgram-udp.ts';
import type { Listener } from './listener.ts';
import type { UdpPeers } from './udp-peers.ts';
import type { UdpOptions } from './udp-options.ts';
import { tryBatches } from './udp-trial.ts';

export type UdpMode = 'auto' | 'batched' | 'dgram';

export interface Udp {
  readonly mode: 'batched' | 'dgram';
  /** Why `auto` did not choose batched; logged once, at startup. */
  readonly because?: string;
  listener(options: UdpOptions): Listener;
  /** Opens what sockets to peers are made with; absent with dgram. */
  openPeers?(): UdpPeers;
}

/** Rejects when `mode` is `batched` and that is not available. `load` resolves to the batched one, or rejects. */
export async function chooseUdp(mode: UdpMode, load: () => Promise<Udp> = loadBatched): Promise<Udp> {
  const dgram: Udp = { mode: 'dgram', listener: dgramUdpListener };
  if (mode === 'dgram') return dgram;
  try {
    return await load();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (mode === 'batched') throw new Error(`--udp batched: ${reason}; auto or dgram work everywhere`, { cause: error });
    return { ...dgram, because: reason };
  }
}

/** Imports only when needed: koffi may not be installed, or have no build for this platform. */
async function loadBatched(): Promise<Udp> {
  const [{ batchedUdpListener }, { loadLibc }, { UdpPeers }] = await Promise.all([
    import('./batched-udp.ts'),
    import('./libc.ts'),
    import('./udp-peers.ts'),
  ]);
  const libc = loadLibc();
  tryBatches(libc);
  return { mode: 'batched', listener: (options) => batchedUdpListener(options, libc), openPeers: () => new UdpPeers(libc) };
}
