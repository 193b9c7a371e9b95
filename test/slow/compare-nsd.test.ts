import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../fakes/certificate.ts';
import { isInstalled } from '../fakes/is-installed.ts';
import { startNameserver } from '../programs/nameserver.ts';
import { startProgram } from '../programs/kubezone.ts';

const main = fileURLToPath(new URL('../../cmd/kubezone/main.ts', import.meta.url));
const zone = 'cluster.local';
const kubezone = (...args: string[]): { status: number | null; stdout: string } =>
  spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
const example = ['--manifests', fileURLToPath(new URL('../../deploy/example', import.meta.url)), '--pods', 'disabled'];

/** NSD gives an alias whose target has no such address; kubezone, as CoreDNS, gives NODATA without it. */
const CONVENTION = 'primary.data.svc.cluster.local. AAAA';

const alterations: readonly (readonly [string, (text: string) => string, string | undefined])[] = [
  ['nothing', (text) => text, undefined],
  ['an address', (text) => text.replace(/^(web\.shop\.svc\S+\t\d+\tIN\tA\t).*$/m, '$1192.0.2.1'), 'web.shop.svc.cluster.local. A'],
  [
    'a record taken away',
    (text) => text.replace(/^_http\._tcp\.web\.shop\.svc\S+\t.*\n/m, ''),
    '_http._tcp.web.shop.svc.cluster.local. SRV',
  ],
  ['a TTL', (text) => text.replace(/^(web\.shop\.svc\S+)\t\d+(\tIN\tAAAA)/m, '$1\t3600$2'), 'web.shop.svc.cluster.local. AAAA'],
];

test.skipIf(!isInstalled('nsd') || !hasOpenssl).each(alterations)(
  'with %s altered in what NSD serves, that is what differs, beside an alias that leads to nothing (skipped without nsd and openssl)',
  async (_, alter, altered) => {
    // The zone's nameserver has the addresses listened at.
    const masterFile = kubezone('zone', zone, ...example, '--listen', '127.0.0.1:0').stdout;
    expect(alter(masterFile) === masterFile).toBe(altered === undefined);
    const nsd = await startNameserver('nsd', zone, alter(masterFile), makeCertificate('DNS:nsd.test'), 'nsd.test');
    const ours = await startProgram([...example, '--lameduck', '0s', '--upstream', '127.0.0.1:9']);
    try {
      const servers = ['--server', `127.0.0.1:${ours.port}`, '--with', nsd.urls.udp!];
      const { status, stdout } = kubezone('compare', zone, '--json', ...servers, ...example);
      const { questions, differences } = JSON.parse(stdout) as { questions: number; differences: { name: string; type: string }[] };
      expect(questions).toBeGreaterThan(40);
      expect(differences.map(({ name, type }) => `${name} ${type}`)).toEqual([CONVENTION, ...(altered === undefined ? [] : [altered])]);
      expect(status).toBe(1);
    } finally {
      await Promise.all([nsd.close(), ours.stop('SIGKILL')]);
    }
  },
);
