import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packet from 'dns-packet';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startFakeApiServer } from '../../test/fakes/api-server/server.ts';
import { dnsClient } from '../../test/fakes/dns-client.ts';
import { startProgram, type Program } from '../../test/programs/kubezone.ts';

let folder: string;
const started: Program[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubezone-'));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((program) => program.stop('SIGKILL')));
  await rm(folder, { recursive: true });
});
async function start(...args: string[]): Promise<Program> {
  const program = await startProgram(['--lameduck', '0s', '--upstream', '127.0.0.1:9', ...args]);
  started.push(program);
  return program;
}
/** dns-packet decodes the RCODE, but its types omit it. */
type Response = packet.DecodedPacket & { readonly rcode: string };

async function ask(program: Program, name: string, type: packet.RecordType = 'A'): Promise<Response> {
  const client = await dnsClient(`udp://127.0.0.1:${program.port}`);
  try {
    const query = packet.encode({ type: 'query', id: 7, flags: packet.RECURSION_DESIRED, questions: [{ name, type }], additionals: [opt] });
    return packet.decode(Buffer.from(await client.ask(query))) as Response;
  } finally {
    client.close();
  }
}
const opt = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: 1232,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
} as packet.OptAnswer;
const rcode = async (program: Program, name: string): Promise<string> => (await ask(program, name)).rcode;
const service = (name: string, address: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { clusterIP: address, clusterIPs: [address], ports: [{ name: 'http', port: 80 }] },
});
const addresses = async (program: Program, name: string): Promise<unknown[]> =>
  (await ask(program, name)).answers!.map((answer) => (answer as packet.StringAnswer).data);
const ready = (program: Program): Promise<void> => expect.poll(() => get(program, '/readyz'), { timeout: 15_000 }).toBe(200);
const scrape = async (program: Program): Promise<string> => (await fetch(`${program.admin}/metrics`)).text();
const get = async (program: Program, path: string): Promise<number> => (await fetch(`${program.admin}${path}`)).status;

describe('from nothing', () => {
  test('the example cluster is served, live and ready', async () => {
    const program = await start();
    await ready(program);
    expect(await get(program, '/livez')).toBe(200);
    expect(await addresses(program, 'web.shop.svc.cluster.local')).toEqual(['10.96.20.1']);
  });
});

describe('signals', () => {
  // A person at the keyboard waits for no lame duck.
  test.each<[NodeJS.Signals, string]>([
    ['SIGTERM', '0s'],
    ['SIGINT', '1h'],
  ])('%s ends it with 0, --lameduck being %s', async (signal, lameduck) => {
    const program = await start('--lameduck', lameduck);
    await ready(program);
    expect(await program.stop(signal)).toBe(0);
  });

  test.each<[NodeJS.Signals]>([['SIGHUP'], ['SIGUSR1']])('%s, by which others read their files again, changes nothing', async (signal) => {
    const program = await start();
    process.kill(program.pid, signal);
    await expect.poll(() => program.log, { timeout: 10_000 }).toContainEqual(expect.objectContaining({ signal }));
    await ready(program);
    expect(program.said()).not.toContain('Debugger');
  });

  test('SIGTERM while it starts ends it with 0', async () => {
    // An API server that never answers: the program listens, but is not ready.
    const program = await start('--lameduck', '1h', '--kubeconfig', await unreachable());
    expect(await get(program, '/readyz')).toBe(503);
    expect(await program.stop()).toBe(0);
  });

  test('not ready at once, while the lame duck still answers', async () => {
    const program = await start('--lameduck', '1s');
    await ready(program);
    const ended = program.stop();
    await expect.poll(() => get(program, '/readyz')).toBe(503);
    expect(await rcode(program, 'web.shop.svc.cluster.local')).toBe('NOERROR');
    expect(await ended).toBe(0);
  });

  test('what changes in the cluster is answered by the lame duck too', async () => {
    const server = await startFakeApiServer([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
      service('web', '10.0.0.1') as never,
    ]);
    const program = await start('--lameduck', '40s', '--kubeconfig', await server.kubeconfig(join(folder, 'config')));
    await ready(program);
    const ended = program.stop();
    await expect.poll(() => get(program, '/readyz'), { timeout: 10_000 }).toBe(503);
    server.put(service('web', '10.0.0.2') as never);
    await expect.poll(() => addresses(program, 'web.default.svc.cluster.local'), { timeout: 15_000 }).toEqual(['10.0.0.2']);
    await program.stop('SIGKILL');
    await ended;
    await server.close();
  }, 60_000);

  test('what is in flight is finished', async () => {
    const slow = createSocket('udp4').bind(0, '127.0.0.1');
    await once(slow, 'listening');
    const program = await start('--upstream', `127.0.0.1:${slow.address().port}`);
    await ready(program);
    // The last upstream given answers, and late. The loop check's query is not the client's.
    const asked = new Promise<void>((resolve) =>
      slow.on('message', (message, from) => {
        const question = packet.decode(message).questions![0]!;
        if (question.name !== 'slow.test') return;
        resolve();
        const answers: packet.Answer[] = [{ name: question.name, type: 'A', ttl: 5, data: '192.0.2.1' }];
        const reply = setTimeout(
          () =>
            slow.send(
              packet.encode({
                type: 'response',
                id: message.readUInt16BE(0),
                flags: packet.RECURSION_AVAILABLE,
                questions: [question],
                answers,
              }),
              from.port,
              from.address,
            ),
          300,
        );
        slow.once('close', () => clearTimeout(reply));
      }),
    );
    const answer = ask(program, 'slow.test');
    await asked;
    const ended = program.stop();
    expect((await answer).answers).toMatchObject([{ data: '192.0.2.1' }]);
    expect(await ended).toBe(0);
    slow.close();
  });
});

describe('change', () => {
  test('a manifest is served, changed and gone within a second of its file', async () => {
    const path = join(folder, 'web.json');
    await writeFile(path, JSON.stringify(service('web', '10.0.0.1')));
    await writeFile(join(folder, 'other.json'), JSON.stringify(service('other', '10.0.0.9')));
    const program = await start('--manifests', folder);
    await expect.poll(() => rcode(program, 'web.default.svc.cluster.local')).toBe('NOERROR');
    await writeFile(path, JSON.stringify(service('web', '10.0.0.2')));
    await expect.poll(() => addresses(program, 'web.default.svc.cluster.local'), { interval: 20, timeout: 2000 }).toEqual(['10.0.0.2']);
    await writeFile(path, '{ broken');
    await expect.poll(() => program.log.map((line) => String(line.message)).join('\n'), { timeout: 4000 }).toContain('web.json');
    expect(await addresses(program, 'web.default.svc.cluster.local')).toEqual(['10.0.0.2']);
    await rm(path);
    await expect.poll(() => rcode(program, 'web.default.svc.cluster.local'), { interval: 20, timeout: 2000 }).toBe('NXDOMAIN');
    expect(await rcode(program, 'other.default.svc.cluster.local')).toBe('NOERROR');
  });

  test("a Service of the API server likewise, and the server's absence changes nothing", async () => {
    const server = await startFakeApiServer([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }]);
    const program = await start('--kubeconfig', await server.kubeconfig(join(folder, 'config')));
    // An empty list is requested twice before it is accepted.
    await expect.poll(() => rcode(program, 'web.default.svc.cluster.local'), { timeout: 10_000 }).toBe('NXDOMAIN');
    server.put(service('web', '10.0.0.1') as never);
    await expect.poll(() => addresses(program, 'web.default.svc.cluster.local'), { interval: 5 }).toEqual(['10.0.0.1']);
    server.put(service('web', '10.0.0.2') as never);
    await expect.poll(() => addresses(program, 'web.default.svc.cluster.local'), { interval: 5 }).toEqual(['10.0.0.2']);
    server.put(service('kept', '10.0.0.3') as never);
    server.remove('Service', 'default/web');
    await expect.poll(() => rcode(program, 'web.default.svc.cluster.local'), { interval: 5 }).toBe('NXDOMAIN');
    await expect.poll(() => addresses(program, 'kept.default.svc.cluster.local')).toEqual(['10.0.0.3']);
    await server.close();
    expect(await addresses(program, 'kept.default.svc.cluster.local')).toEqual(['10.0.0.3']);
    expect(await get(program, '/readyz')).toBe(200);
  });
});

describe('before anything is known', () => {
  test('SERVFAIL with Not Ready, and reverse names pass nothing on', async () => {
    const program = await start('--kubeconfig', await unreachable());
    expect(await (await fetch(`${program.admin}/readyz`)).text()).toBe(
      'the first list is not complete of: namespaces, services, endpointSlices\n',
    );
    for (const name of ['web.default.svc.cluster.local', '1.0.0.10.in-addr.arpa']) {
      const response = await ask(program, name);
      expect(response.rcode).toBe('SERVFAIL');
      const options = (response.additionals!.at(-1) as packet.OptAnswer).options as unknown as { code: number; data: Buffer }[];
      expect(options.find(({ code }) => code === 15)!.data.readUInt16BE(0)).toBe(14);
    }
  });

  test('a snapshot is served, marked stale', async () => {
    const snapshot = join(folder, 'snapshot');
    const server = await startFakeApiServer([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
      service('web', '10.0.0.1') as never,
    ]);
    const args = ['--kubeconfig', await server.kubeconfig(join(folder, 'config')), '--snapshot', snapshot];
    const before = await start(...args);
    await expect.poll(() => addresses(before, 'web.default.svc.cluster.local'), { timeout: 30_000 }).toEqual(['10.0.0.1']);
    await expect.poll(() => scrape(before)).toContain('kubezone_cluster_snapshot_writes_total{result="success"} 1');
    expect(await before.stop()).toBe(0);
    await server.close();

    const program = await start(...args);
    const response = await ask(program, 'web.default.svc.cluster.local');
    expect(response.answers).toMatchObject([{ data: '10.0.0.1' }]);
    const options = (response.additionals!.at(-1) as packet.OptAnswer).options as unknown as { code: number; data: Buffer }[];
    expect(options.find(({ code }) => code === 15)!.data.readUInt16BE(0)).toBe(3);
    expect(await get(program, '/readyz')).toBe(200);
    expect(await program.stop()).toBe(0);

    // A server that lost its Services is asked again before those of the snapshot are given up.
    const empty = await startFakeApiServer([], { port: server.port });
    const asking = await start(...args);
    const said = (): unknown[] => asking.log.map(({ message }) => message);
    await expect.poll(said, { timeout: 20_000 }).toContainEqual(expect.stringContaining('it is empty; 1 were known'));
    await asking.stop('SIGKILL');
    await empty.close();

    const whole = await readFile(snapshot);
    for (const [bytes, reason] of [
      [whole.subarray(0, whole.length - 10), 'truncated'],
      [Buffer.from('something else entirely, of another program'.repeat(9)), 'no snapshot'],
    ] as const) {
      await writeFile(snapshot, bytes);
      const without = await start(...args);
      expect(await rcode(without, 'web.default.svc.cluster.local')).toBe('SERVFAIL');
      expect(without.log.map((line) => line.message)).toContainEqual(expect.stringContaining(reason));
      expect(await without.stop()).toBe(0);
    }
    // Five starts of the program.
  }, 120_000);
});

describe('what cannot be', () => {
  test('a port in use: said, with the address, exit 1', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = `127.0.0.1:${taken.address().port}`;
    await expect(start('--listen', address)).rejects.toThrow(new RegExp(`ended with 1: .*${address}`, 's'));
    taken.close();
  });

  test.each<[string, string[], RegExp]>([
    ['no such manifests', ['--manifests', '/no/such/folder'], /ended with 1: .*\/no\/such\/folder/s],
    ['no such kubeconfig', ['--kubeconfig', '/no/such/config'], /ended with 1: .*\/no\/such\/config/s],
    ['a rule that is none', ['--acl', 'perhaps from 10.0.0.0/8'], /ended with 64: .*perhaps/s],
  ])('%s', async (_, args, said) => {
    const failed = start(...args).then(async (program) => {
      // The program listens before it opens its source, and then ends.
      throw new Error(
        `it ended with ${await program.stop('SIGURG')}: ${program.log.map((line) => JSON.stringify(line)).join('\n')} ${program.said()}`,
      );
    });
    await expect(failed).rejects.toThrow(said);
  });
});

/** Writes a kubeconfig of an API server on a port where nothing listens. */
async function unreachable(): Promise<string> {
  const server = await startFakeApiServer([]);
  const path = await server.kubeconfig(join(folder, 'unreachable'));
  await server.close();
  return path;
}
