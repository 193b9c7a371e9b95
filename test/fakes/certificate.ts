/** Self-signed certificates for tests, made by openssl. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  /** PEM; as it is self-signed, also the CA to check it against. */
  readonly cert: string;
  readonly key: string;
}

export const hasOpenssl: boolean = spawnSync('openssl', ['version']).status === 0;

/** Makes a certificate for `names`, such as `DNS:dns.example.test` and `IP:127.0.0.1`. */
export function makeCertificate(...names: readonly string[]): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'kubezone-certificate-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
    const subject = ['-subj', '/CN=kubezone test', '-addext', `subjectAltName=${names.join(',')}`, '-days', '2', '-out', cert];
    execFileSync('openssl', ['req', '-x509', ...newKey, ...subject], { stdio: 'pipe' });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
