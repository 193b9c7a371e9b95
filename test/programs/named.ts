/** Runs BIND's named on loopback with any configuration, for tests that compare this server with it. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'dns-packet';
import { dnsClient } from '../fakes/dns-client.ts';
import { freePort } from '../fakes/free-port.ts';

export interface Named {
  readonly url: string;
  stop(): Promise<void>;
}

/** Whether named is installed; tests that need it are skipped otherwise. */
export const hasNamed: boolean = spawnSync('named', ['-V']).status === 0;

/** `options` and `zones` are named.conf text; `files` are written beside it. Resolves once named answers; rejects with its output otherwise. */
export async function startNamed(options: string, zones: string, files: Readonly<Record<string, string>>): Promise<Named> {
  const folder = mkdtempSync(join(tmpdir(), 'named-'));
  const port = await freePort();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const conf = `options {
  directory "${folder}"; pid-file none; session-keyfile none; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  dnssec-validation no; empty-zones-enable no; minimal-responses yes; qname-minimization off; notify no;
  ${options}
};
controls { };
${zones}
`;
  writeFileSync(join(folder, 'named.conf'), conf);
  const child = spawn('named', ['-g', '-c', join(folder, 'named.conf'), '-n', '1'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-4000)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = `udp://127.0.0.1:${port}`;
  const client = await dnsClient(url);
  const probe = encode({ type: 'query', id: 0, questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }] });
  for (let tries = 0; ; tries++) {
    const answered = await Promise.race([client.ask(probe).then(() => true), pause(250)]);
    if (answered === true) break;
    if (tries === 80 || child.exitCode !== null) throw new Error(`named did not answer: ${said}`);
  }
  client.close();
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}
