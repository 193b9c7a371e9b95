import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packet from 'dns-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dnsClient } from '../fakes/dns-client.ts';
import { startProgram, type Program } from '../programs/kubezone.ts';
import { runStage, stagesOf } from './dockerfile.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const stages = stagesOf(readFileSync(join(root, 'Dockerfile'), 'utf8'));
const stage = (name: string): (typeof stages)[number] => stages.find((one) => one.name === name)!;
const step = (instruction: string): string => stage('kubezone').steps.findLast((one) => one.instruction === instruction)!.text;
const ENTRYPOINT = JSON.parse(step('ENTRYPOINT')) as string[];

/** Only root may chroot into the image. */
const isRoot = process.getuid?.() === 0;
const folder = mkdtempSync(join(tmpdir(), 'kubezone-image-'));
let image: string;
let inImage: readonly [string, ...string[]];
const started: Program[] = [];

beforeAll(() => {
  // The `node` that runs this test stands in for that of the base image.
  const environment = { PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`, REVISION: 'of-the-test' };
  for (const name of ['bundle', 'runtime', 'kubezone']) image = runStage(stage(name), root, folder, environment);
  // Like a container runtime: mounts /proc, switches to the user, and starts the entry point.
  mkdirSync(join(image, 'proc'));
  const enter = `mount -t proc proc "$0/proc" && exec chroot --userspec=${step('USER')} "$0" "$@"`;
  inImage = isRoot
    ? ['unshare', '--mount', 'sh', '-c', enter, image, `/usr/local/bin/${ENTRYPOINT[0]}`, ...ENTRYPOINT.slice(1)]
    : [process.execPath, join(image, ENTRYPOINT[1]!)];
}, 300_000);

afterAll(async () => {
  await Promise.all(started.map((program) => program.stop('SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});

test('prints its version, run by the node of the image alone', () => {
  const { stdout, stderr } = spawnSync(inImage[0], [...inImage.slice(1), 'version'], { encoding: 'utf8' });
  expect(stdout, stderr).toMatch(/^kubezone \d+\.\d+\.\d+ \(Node v26\./);
});

test.skipIf(!isRoot)('is run by its name beside a server, as by `kubectl exec POD -- kubezone` (skipped unless root)', () => {
  const entry = inImage.indexOf(`/usr/local/bin/${ENTRYPOINT[0]}`);
  const { stdout, stderr } = spawnSync(inImage[0], [...inImage.slice(1, entry), 'kubezone', 'version'], {
    encoding: 'utf8',
    env: { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  expect(stdout, stderr).toMatch(/^kubezone \d+\.\d+\.\d+ \(Node v26\./);
});

test('runs the Node that the tests run', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: { node: string } };
  expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain(`\nARG NODE_IMAGE=node:${dependencies.node}-bookworm-slim\n`);
});

test('holds what it needs and no more: no shell, no package tool, machine code for both architectures, licences, a list of what is in it', () => {
  expect(readdirSync(join(image, 'usr/local/bin'))).toEqual(['kubezone', 'node']);
  expect(existsSync(join(image, 'bin/sh'))).toBe(false);
  expect(readdirSync(join(image, 'app/node_modules/@koromix')).toSorted()).toEqual(['koffi-linux-arm64', 'koffi-linux-x64']);
  expect(readFileSync(join(image, 'app/LICENCES.txt'), 'utf8')).toMatch(/^pino \d/m);
  expect(readFileSync(join(image, 'app/sbom.cdx.json'), 'utf8')).toContain('pkg:npm/koffi@');
  expect([step('USER'), step('EXPOSE'), step('ENTRYPOINT')]).toEqual([
    '65532:65532',
    '53/udp 53/tcp 9153/tcp',
    '["node", "/app/kubezone.mjs"]',
  ]);
  for (const { instruction, text } of stages.flatMap((one) => one.steps))
    if (instruction === 'LABEL') expect(text).toMatch(/^(org\.opencontainers\.image\.[a-z]+="[^"]+"\s*)+$/);
});

test('serves the example by UDP and TCP from two threads, in no more memory than from source', async () => {
  const args = ['--threads', '2', '--lameduck', '0s', '--upstream', '127.0.0.1:9'];
  const bundle = await startProgram(args, {}, inImage);
  const source = await startProgram(args);
  started.push(bundle, source);
  for (const program of [bundle, source]) {
    await expect.poll(async () => (await fetch(`${program.admin}/readyz`)).status, { timeout: 20_000 }).toBe(200);
    for (const transport of ['udp', 'tcp']) {
      const client = await dnsClient(`${transport}://127.0.0.1:${program.port}`);
      const response = packet.decode(
        Buffer.from(
          await client.ask(packet.encode({ type: 'query', id: 9, questions: [{ name: 'web.shop.svc.cluster.local', type: 'A' }] })),
        ),
      );
      client.close();
      expect(response.answers).toMatchObject([{ data: '10.96.20.1' }]);
    }
  }
  const metrics = await (await fetch(`${bundle.admin}/metrics`)).text();
  expect(metrics).toMatch(/kubezone_build_info\{.*revision="of-the-test"/);
  // For example, that koffi cannot be loaded.
  expect(bundle.log).not.toContainEqual(expect.objectContaining({ level: 'warn' }));
  const [inBundle, fromSource] = await Promise.all([bundle, source].map(residentMiB));
  process.stdout.write(`resident memory: ${inBundle} MiB from the bundle, ${fromSource} MiB from source\n`);
  expect(inBundle).toBeLessThan(fromSource! * 1.1);
  expect(await bundle.stop()).toBe(0);
});

async function residentMiB({ admin }: Program): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  return Math.round(Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]) / 2 ** 20);
}
