/** What only the whole program shows of its control plane: reloaded options in use everywhere, and a start with shared ports. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import packet from 'dns-packet';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startFakeApiServer } from '../../test/fakes/api-server/server.ts';
import { dnsClient } from '../../test/fakes/dns-client.ts';
import { freePort } from '../../test/fakes/free-port.ts';
import { startProgram, whenReady, type Program } from '../../test/programs/kubezone.ts';

let folder: string;
let program: Program | undefined;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'kubezone-'))));
afterEach(async () => {
  await program?.stop('SIGKILL');
  program = undefined;
  rmSync(folder, { recursive: true });
});

async function start(...args: string[]): Promise<Program> {
  return (program = await startProgram(['--lameduck', '0s', '--upstream', '127.0.0.1:9', ...args]));
}

/** The addresses of the name, with their TTLs. */
async function addresses({ port }: Program, name: string): Promise<unknown[]> {
  const client = await dnsClient(`udp://127.0.0.1:${port}`);
  const { answers } = packet.decode(
    Buffer.from(await client.ask(packet.encode({ type: 'query', id: 7, questions: [{ name, type: 'A' }] }))),
  );
  client.close();
  return (answers as packet.StringAnswer[]).map(({ data, ttl }) => [data, ttl]);
}

test('hot reload: what is right takes effect without a lost query, what is wrong changes nothing', async () => {
  const [config, queries] = [join(folder, 'kubezone.yaml'), join(folder, 'queries')];
  writeFileSync(config, 'ttl: 30\nnegative-ttl: 5\n');
  const running = await start('--config', config, '--query-log-file', queries);
  await whenReady(running);
  const web = 'web.shop.svc.cluster.local';
  const ttl = async (): Promise<unknown> => ((await addresses(running, web))[0] as unknown[])[1];
  const said = (): string[] => running.log.map(({ message }) => String(message)).filter((message) => message.startsWith('config re'));
  expect(await ttl()).toBe(30);
  writeFileSync(config, 'ttl: 7\nnegative-ttl: 5\nquery-log: all\nlog-level: error\n');
  await expect.poll(ttl, { timeout: 10_000 }).toBe(7);
  await expect.poll(async () => [await ttl(), readFileSync(queries, 'utf8')].join(), { timeout: 10_000 }).toContain(web);
  expect(await (await fetch(`${running.admin}/config`)).json()).toMatchObject({ ttl: 7 });
  writeFileSync(config, 'ttl: many\n');
  await expect.poll(() => said().at(-1), { timeout: 10_000 }).toMatch(/refused.*ttl/);
  expect(await ttl()).toBe(7);
  const isInUse = async (): Promise<unknown> =>
    /^kubezone_config_last_reload_successful (\d)$/m.exec(await (await fetch(`${running.admin}/metrics`)).text())?.[1];
  expect(await isInUse()).toBe('0');
  writeFileSync(config, `ttl: 9\nupstream-ca: ${join(folder, 'none.pem')}\n`);
  await expect.poll(() => said().at(-1), { timeout: 10_000 }).toMatch(/refused.*none\.pem/);
  expect(await ttl()).toBe(7);
  writeFileSync(config, 'ttl: 7\nnegative-ttl: 5\n');
  await expect.poll(isInUse, { timeout: 10_000 }).toBe('1');
  // Of the first reload an error at most was to be said.
  await expect.poll(() => said().slice(2)).toEqual(['config reloaded: log-level, query-log']);
}, 60_000);

test('where ports are shared it does not listen before the cluster is known, as others do', async () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec: { clusterIP: '10.0.0.1' } };
  const objects = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }, service];
  const away = await startFakeApiServer(objects);
  const config = await away.kubeconfig(join(folder, 'config'));
  await away.close();
  const admin = `127.0.0.1:${await freePort()}`;
  const starting = start('--share-ports', '--admin', admin, '--kubeconfig', config);
  await Promise.race([starting, wait(2000)]);
  const readiness = (): Promise<string> =>
    fetch(`http://${admin}/readyz`).then(
      (reply) => reply.text(),
      () => '',
    );
  await expect.poll(readiness, { timeout: 15_000 }).toContain('not listening yet');
  const server = await startFakeApiServer(objects, { port: away.port });
  expect(await addresses(await starting, 'web.default.svc.cluster.local')).toEqual([['10.0.0.1', 30]]);
  expect(await program!.stop()).toBe(0);
  await server.close();
}, 60_000);
