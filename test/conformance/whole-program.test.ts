/** Asks the running program the 1,051 recorded questions over its sockets, with the cluster from manifests and from an API server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeApiServer } from '../fakes/api-server/server.ts';
import { dnsClient } from '../fakes/dns-client.ts';
import { startProgram } from '../programs/kubezone.ts';
import { startFakeUpstream, type FakeUpstream } from '../fakes/upstream.ts';
import { askAll, clusterPath, recordedCluster, type Transport } from './recorded.ts';

let upstream: FakeUpstream;
let folder: string;
beforeAll(async () => {
  upstream = await startFakeUpstream();
  folder = await mkdtemp(join(tmpdir(), 'kubezone-'));
});
afterAll(async () => {
  await upstream.close();
  await rm(folder, { recursive: true });
});

const sources: Record<string, () => Promise<{ args: string[]; close: () => Promise<void> }>> = {
  manifests: async () => ({ args: ['--manifests', clusterPath], close: async () => undefined }),
  'an API server': async () => {
    const server = await startFakeApiServer(recordedCluster);
    return { args: ['--kubeconfig', await server.kubeconfig(join(folder, 'config'))], close: () => server.close() };
  },
};
const ways: Record<string, string[]> = { batched: ['--udp', 'auto'], dgram: ['--udp', 'dgram'], 'two threads': ['--threads', '2'] };

describe.each(Object.keys(sources))('from %s', (source) => {
  it.each(Object.keys(ways))('every question is answered as recorded, %s', async (way) => {
    const { args, close } = await sources[source]!();
    const program = await startProgram([
      ...args,
      ...ways[way]!,
      '--pods',
      'insecure',
      '--upstream',
      `127.0.0.1:${upstream.port}`,
      '--lameduck',
      '0s',
    ]);
    await expect.poll(async () => (await fetch(`${program.admin}/readyz`)).status).toBe(200);
    const clients = { udp: await dnsClient(`udp://127.0.0.1:${program.port}`), tcp: await dnsClient(`tcp://127.0.0.1:${program.port}`) };
    try {
      const ask = (message: Uint8Array, transport: Transport): Promise<Uint8Array> => clients[transport].ask(message);
      expect(await askAll(ask, 'udp')).toEqual([]);
      expect(await askAll(ask, 'tcp')).toEqual([]);
    } finally {
      clients.udp.close();
      clients.tcp.close();
      expect(await program.stop()).toBe(0);
      await close();
    }
  });
});
