import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hasHelm, render, type KubernetesObject } from '../chart/helm.ts';
import { startProgram, type Program } from '../programs/kubezone.ts';

/** The chart's node-local mode, with a network namespace as the node: its interface, rules and server, and a replica behind the other Service. */
const main = fileURLToPath(new URL('../../cmd/kubezone/main.ts', import.meta.url));
const REPLICA = '10.96.100.1';
const LINK_LOCAL = '169.254.20.10';
const CLUSTER_IP = '10.96.0.10';
const NAME = 'web.shop.svc.cluster.local';

interface Container {
  readonly name: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

function canMakeNode(): boolean {
  if (process.getuid?.() !== 0) return false;
  const needed =
    'command -v unshare nsenter ip iptables wget dig && ip link add kubezone type bridge && iptables -t raw -A OUTPUT -p udp -j NOTRACK';
  return spawnSync('unshare', ['--net', 'sh', '-c', needed]).status === 0;
}

describe.skipIf(!hasHelm || !canMakeNode())(
  'a node with its own cache (skipped without helm, root, iproute2, iptables, wget and dig)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubezone-node-'));
    const script = join(folder, 'node-local.sh');
    let node: ChildProcess;
    let enter: readonly [string, ...string[]];
    let holder: ChildProcess | undefined;
    let replica: Program;
    let cache: Program;
    let setup: Readonly<Record<string, string>>;
    let serve: () => Promise<Program>;

    const inNode = (...command: string[]): string => {
      const { stdout, stderr, status } = spawnSync(enter[0], [...enter.slice(1), ...command], {
        encoding: 'utf8',
        env: { ...process.env, ...setup },
      });
      if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
      return stdout.trim();
    };
    const rules = (): string[] =>
      inNode('sh', '-c', 'iptables -t raw -S; iptables -S')
        .split('\n')
        .filter((line) => line.startsWith('-A'));
    const answer = (server: string, ...question: string[]): string =>
      inNode('dig', '+short', '+tries=2', '+time=2', `@${server}`, ...question);
    const metric = (port: number, name: string): number =>
      Number(inNode('sh', '-c', `wget -qO- http://127.0.0.1:${port}/metrics | grep '^${name}' | head -n 1`).split(' ').at(-1));

    beforeAll(async () => {
      const objects = render({ nodeLocal: { enabled: true, addresses: [LINK_LOCAL, CLUSTER_IP] } });
      const named = (kind: string): KubernetesObject =>
        objects.find((object) => object.kind === kind && object.metadata.name === 'kubezone-node-local')!;
      const files = named('ConfigMap').data as Record<string, string>;
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      const { containers } = (named('DaemonSet').spec as { template: { spec: { containers: readonly Container[] } } }).template.spec;
      const environmentOf = (name: string): Record<string, string> =>
        Object.fromEntries(containers.find((one) => one.name === name)!.env.map((one) => [one.name, one.value]));
      // A bridge stands in for the dummy interface, which not every kernel has; the interval is shortened to 1 s for the test.
      setup = { ...environmentOf('interface'), INTERVAL: '1', INTERFACE_TYPE: 'bridge' };
      const zones = environmentOf('kubezone').KUBEZONE_ZONES!.replaceAll('$(KUBEZONE_UPSTREAM_PORT_53_TCP)', `tcp://${REPLICA}:53`);
      mkdirSync(join(folder, 'no-manifests'));

      node = spawn('unshare', ['--net', 'sleep', '600']);
      enter = ['nsenter', '--target', String(node.pid), '--net'];
      await vi.waitFor(() => expect(inNode('ip', '-o', 'link').split('\n')).toHaveLength(1));
      inNode('ip', 'link', 'set', 'lo', 'up');
      inNode('ip', 'address', 'add', `${REPLICA}/32`, 'dev', 'lo');
      const start = (args: readonly string[], environment: Record<string, string>): Promise<Program> =>
        startProgram(['--lameduck', '0s', '--upstream', '127.0.0.1:9', ...args], environment, [...enter, process.execPath, main]);
      replica = await start(['--listen', `${REPLICA}:53`, '--admin', '127.0.0.1:9153'], {});
      // Repeats the listeners of the configuration file and its admin port, since startProgram would pass flags of its own otherwise.
      serve = () =>
        start(
          [
            '--config',
            join(folder, 'config.yaml'),
            '--manifests',
            join(folder, 'no-manifests'),
            '--admin',
            '127.0.0.1:9253',
            '--listen',
            `${LINK_LOCAL}:53,${CLUSTER_IP}:53`,
          ],
          { KUBEZONE_ZONES: zones },
        );
      inNode('sh', script, 'up');
      cache = await serve();
      holder = spawn(enter[0], [...enter.slice(1), 'sh', script, 'hold'], { env: { ...process.env, ...setup }, stdio: 'inherit' });
    }, 60_000);

    afterAll(async () => {
      holder?.kill('SIGKILL');
      await Promise.all([replica, cache].map((program) => program.stop('SIGKILL')));
      node.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    });

    test.each([LINK_LOCAL, CLUSTER_IP])(
      'names of the cluster are answered on %s, asked of the replica by TCP and then cached',
      (address) => {
        expect(answer(address, NAME)).toBe('10.96.20.1');
        expect(answer(address, '-x', '10.96.20.1')).toBe(`${NAME}.`);
        expect(answer(address, 'nothing.shop.svc.cluster.local')).toBe('');
        const asked = metric(9153, 'kubezone_listener_received_total{proto="tcp"}');
        expect(asked).toBeGreaterThan(0);
        expect(answer(address, NAME)).toBe('10.96.20.1');
        expect(metric(9153, 'kubezone_listener_received_total{proto="tcp"}')).toBe(asked);
        expect(inNode('wget', '-qO-', 'http://127.0.0.1:9153/metrics')).not.toMatch(/kubezone_dns_requests_total\{proto="udp"/);
      },
    );

    test('rules keep both addresses out of connection tracking, once each, however often they are set', async () => {
      await vi.waitFor(() => expect(rules()).toHaveLength(20), 10_000);
      inNode('sh', script, 'up');
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect(rules()).toHaveLength(20);
      for (const address of [LINK_LOCAL, CLUSTER_IP])
        expect(rules().filter((rule) => rule.includes(address) && /NOTRACK|CT --notrack/.test(rule))).toHaveLength(6);
    });

    test('the script of `helm test` is content with the Service, and not with another', () => {
      const resolve = (...args: string[]): string =>
        inNode(
          'sh',
          '-c',
          '"$@" || true',
          'sh',
          process.execPath,
          fileURLToPath(new URL('../../charts/kubezone/files/resolve.mjs', import.meta.url)),
          ...args,
        );
      expect(resolve(CLUSTER_IP, 'kube-dns.kube-system.svc.cluster.local')).toMatch(/^(ok .*\n){4}ok .*$/);
      expect(resolve(CLUSTER_IP, 'dns-version.cluster.local')).toMatch(/^(ok .*\n){2}ok .*$/);
      expect(resolve(LINK_LOCAL, 'kube-dns.kube-system.svc.cluster.local')).toMatch(
        /^failed the address of kube-dns.* instead of \["169\.254\.20\.10"\]$/m,
      );
    });

    test('when the server dies the rules go, so that kube-proxy leads to the replicas again, and come back with it', async () => {
      await cache.stop('SIGKILL');
      await vi.waitFor(() => expect(rules()).toEqual([]), 15_000);
      expect(inNode('ip', '-o', 'address', 'show', 'dev', 'kubezone')).toContain(CLUSTER_IP);
      cache = await serve();
      await vi.waitFor(() => expect(rules()).toHaveLength(20), 15_000);
      expect(answer(CLUSTER_IP, NAME)).toBe('10.96.20.1');
    }, 60_000);

    test('the same when it hangs: what asks whether it is ready does not wait for it', async () => {
      process.kill(cache.pid, 'SIGSTOP');
      await vi.waitFor(() => expect(rules()).toEqual([]), 15_000);
      process.kill(cache.pid, 'SIGCONT');
      await vi.waitFor(() => expect(rules()).toHaveLength(20), 15_000);
    }, 60_000);

    test('at the end nothing is left of it', async () => {
      await cache.stop();
      const ended = new Promise((resolve) => holder!.once('exit', resolve));
      holder!.kill('SIGTERM');
      await ended;
      expect(rules()).toEqual([]);
      expect(inNode('ip', '-o', 'link').split('\n')).toHaveLength(1);
    }, 30_000);
  },
);
