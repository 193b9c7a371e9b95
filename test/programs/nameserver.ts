/** Runs unbound, NSD or named on loopback with one zone; tests that need one that is not installed are skipped. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { encode } from 'dns-packet';
import { systemClock } from '../../src/clock.ts';
import { exchangeFor, parseEndpoint } from '../../src/upstream/endpoint.ts';
import type { Certificate } from '../fakes/certificate.ts';
import { freePorts } from '../fakes/free-port.ts';

export interface Nameserver {
  /** Its URL for each transport it supports, such as `udp://127.0.0.1:N`. */
  readonly urls: Readonly<Partial<Record<'udp' | 'tcp' | 'tls' | 'https', string>>>;
  /** Kills the process; it can be started again on the same ports. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Kills the process for good and removes its files. */
  close(): Promise<void>;
  /** Stops and resumes the process: while stopped its sockets stay open but nothing answers, as behind a black hole. */
  freeze(): void;
  thaw(): void;
}

export type NameserverKind = keyof typeof kinds;

interface Setting {
  readonly folder: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly httpsPort: number;
  readonly zone: string;
}

interface Kind {
  readonly args: (conf: string) => readonly string[];
  readonly conf: (setting: Setting) => string;
  readonly speaks: readonly ('udp' | 'tcp' | 'tls' | 'https')[];
}

const kinds: Readonly<Record<'unbound' | 'nsd' | 'named', Kind>> = {
  unbound: {
    args: (conf) => ['-d', '-c', conf],
    speaks: ['udp', 'tcp', 'tls', 'https'],
    conf: ({ folder, port, tlsPort, httpsPort, zone }) => `server:
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  interface: 127.0.0.1@${port}
  interface: 127.0.0.1@${tlsPort}
  interface: 127.0.0.1@${httpsPort}
  tls-port: ${tlsPort}
  https-port: ${httpsPort}
  tls-service-key: "${folder}/key.pem"
  tls-service-pem: "${folder}/cert.pem"
  access-control: 127.0.0.0/8 allow
  local-zone: "test." nodefault
  module-config: "iterator"
remote-control:
  control-enable: no
auth-zone:
  name: "${zone}"
  zonefile: "${folder}/zone"
  for-downstream: no
  for-upstream: yes
  fallback-enabled: no
`,
  },
  nsd: {
    args: (conf) => ['-d', '-c', conf],
    speaks: ['udp', 'tcp', 'tls'],
    conf: ({ folder, port, tlsPort, zone }) => `server:
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  zonelistfile: "${folder}/zone.list"
  xfrdfile: "${folder}/xfrd.state"
  xfrdir: "${folder}"
  pidfile: "${folder}/nsd.pid"
  ip-address: 127.0.0.1@${port}
  ip-address: 127.0.0.1@${tlsPort}
  port: ${port}
  tls-port: ${tlsPort}
  tls-service-key: "${folder}/key.pem"
  tls-service-pem: "${folder}/cert.pem"
  server-count: 1
  # By default NSD limits the rate of responses to one network to 200 a second; 0 turns that off.
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "${zone}"
  zonefile: "zone"
`,
  },
  named: {
    args: (conf) => ['-g', '-c', conf, '-n', '1'],
    speaks: ['udp', 'tcp', 'tls', 'https'],
    conf: ({ folder, port, tlsPort, httpsPort, zone }) => `tls ours { key-file "${folder}/key.pem"; cert-file "${folder}/cert.pem"; };
options {
  directory "${folder}"; pid-file none; session-keyfile none; recursion no; listen-on-v6 { none; }; dnssec-validation no;
  listen-on port ${port} { 127.0.0.1; };
  listen-on port ${tlsPort} tls ours { 127.0.0.1; };
  listen-on port ${httpsPort} tls ours http default { 127.0.0.1; };
};
controls { };
zone "${zone}" { type primary; file "zone"; };
`,
  },
};

/** `text` is the zone's master file; the certificate, for TLS and HTTPS, names `serverName`. Rejects with the server's output if it never answers. */
export async function startNameserver(
  kind: NameserverKind,
  zone: string,
  text: string,
  certificate: Certificate,
  serverName: string,
): Promise<Nameserver> {
  const folder = mkdtempSync(join(tmpdir(), `${kind}-`));
  const [port, tlsPort, httpsPort] = await freePorts(3);
  const files = { zone: text, 'cert.pem': certificate.cert, 'key.pem': certificate.key };
  const conf = kinds[kind].conf({ folder, port: port!, tlsPort: tlsPort!, httpsPort: httpsPort!, zone });
  for (const [name, content] of Object.entries({ ...files, conf })) writeFileSync(join(folder, name), content);
  const all = {
    udp: `udp://127.0.0.1:${port}`,
    tcp: `tcp://127.0.0.1:${port}`,
    tls: `tls://127.0.0.1:${tlsPort}#${serverName}`,
    https: `https://127.0.0.1:${httpsPort}/dns-query#${serverName}`,
  };
  let process: Process | undefined;
  const server: Nameserver = {
    urls: Object.fromEntries(kinds[kind].speaks.map((scheme) => [scheme, all[scheme]])),
    start: async () => {
      process = run(kind, kinds[kind].args(join(folder, 'conf')));
      if (await answers(all.udp, zone, process)) return;
      await server.close();
      throw new Error(`${kind} did not answer: ${process.said()}`);
    },
    kill: async () => {
      process?.signal('SIGKILL');
      await process?.ended;
    },
    close: async () => {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
    freeze: () => process?.signal('SIGSTOP'),
    thaw: () => process?.signal('SIGCONT'),
  };
  await server.start();
  return server;
}

interface Process {
  readonly ended: Promise<unknown>;
  readonly hasEnded: () => boolean;
  readonly said: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
}

function run(command: string, args: readonly string[]): Process {
  // Its own process group, since NSD's children outlive their parent.
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let said = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const signal = (name: NodeJS.Signals): void => {
    if (!hasEnded()) process.kill(-child.pid!, name);
  };
  return { ended: new Promise((resolve) => child.once('close', resolve)), hasEnded, said: () => said, signal };
}

async function answers(url: string, zone: string, { hasEnded }: Process): Promise<boolean> {
  const exchange = exchangeFor(parseEndpoint(url), { clock: systemClock, randomCase: false, dropped: () => undefined, ca: undefined });
  const probe = encode({ type: 'query', id: 0, flags: 0x100, questions: [{ name: zone, type: 'SOA' }] });
  for (let tries = 0; tries < 100 && !hasEnded(); tries++) {
    const reply = await exchange(probe, AbortSignal.timeout(200)).catch(() => undefined);
    if (reply !== undefined && (reply[3]! & 0x0f) === 0) return true;
    await wait(50);
  }
  return false;
}
