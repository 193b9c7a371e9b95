/** A renewed certificate is used for new connections; open ones continue. */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate, type Certificate } from '../../test/fakes/certificate.ts';
import { dnsClient } from '../../test/fakes/dns-client.ts';
import { until } from '../../test/fakes/until.ts';
import { systemClock } from '../clock.ts';
import { followCertificate, type CertificateSource } from './certificate.ts';
import { httpsListener } from './https.ts';
import type { Listener } from './listener.ts';
import { tlsListener } from './stream.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const message = Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);

function folderWith(certificate: Partial<Certificate>): {
  certFile: string;
  keyFile: string;
  write: (certificate: Partial<Certificate>) => void;
} {
  const folder = mkdtempSync(join(tmpdir(), 'kubezone-certificate-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const write = ({ cert, key }: Partial<Certificate>): void => {
    if (cert !== undefined) replace(certFile, cert);
    if (key !== undefined) replace(keyFile, key);
  };
  write(certificate);
  return { certFile, keyFile, write };
}

/** Replaces the file atomically, since it is being followed. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

type Make = (certificate: CertificateSource) => Listener;
const common = {
  endpoint: { host: '127.0.0.1', port: 0 },
  clock: systemClock,
  respond: (packet: Uint8Array, length: number, _client: unknown, _receivedAt: number, target: Uint8Array): number => {
    target.set(packet.subarray(0, length));
    return length;
  },
};
const listeners: { name: string; make: Make; protocol: string }[] = [
  { name: 'TLS', make: (certificate) => tlsListener({ ...common, certificate }), protocol: 'dot' },
  { name: 'HTTPS', make: (certificate) => httpsListener({ ...common, certificate }), protocol: 'h2' },
];

async function shake(url: string, options: { ALPNProtocols?: string[]; maxVersion?: 'TLSv1.1' | 'TLSv1.2' } = {}): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port: Number(new URL(url.replace('tls:', 'https:')).port),
    rejectUnauthorized: false,
    ...options,
  });
  closing.push(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

async function shownBy(url: string): Promise<string> {
  const socket = await shake(url);
  return `-----BEGIN CERTIFICATE-----\n${socket
    .getPeerX509Certificate()!
    .raw.toString('base64')
    .replaceAll(/(.{64})(?=.)/g, '$1\n')}\n-----END CERTIFICATE-----\n`;
}

describe.skipIf(!hasOpenssl)('certificates', () => {
  const [first, second] = hasOpenssl ? [makeCertificate('IP:127.0.0.1'), makeCertificate('IP:127.0.0.1')] : [];

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rsa = { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
  const locked = (type: 'pkcs1' | 'pkcs8'): string =>
    privateKey.export({ type, format: 'pem', cipher: 'aes-128-cbc', passphrase: 'secret' });

  test.for(listeners)('$name: renewed without dropping a connection', async ({ make }) => {
    const files = folderWith(first!);
    const said: (Error | undefined)[] = [];
    const ends: string[] = [];
    const observer = {
      certificate: (error?: Error) => said.push(error),
      certificateValid: (_: Date, to: Date) => ends.push(to.toUTCString()),
    };
    const source = await followCertificate({ ...files, interval: 5, observer });
    closing.push(() => source.close());
    const listener = make(source);
    await listener.listen();
    closing.push(() => listener.close());
    const client = await dnsClient(listener.url, first!.cert);
    closing.push(() => client.close());
    expect(await client.ask(message)).toHaveLength(13);
    expect(await shownBy(listener.url)).toBe(first!.cert);

    files.write({ cert: second!.cert });
    await until(() => said.length === 1);
    expect(said[0]?.message).toMatch(
      /cannot use the certificate .*tls\.crt with the key .*tls\.key: .*; both must be PEM and belong together/,
    );
    expect(await shownBy(listener.url)).toBe(first!.cert);

    files.write({ key: second!.key });
    await until(() => said.length === 2);
    expect(said[1]).toBeUndefined();
    expect(await shownBy(listener.url)).toBe(second!.cert);
    expect(await client.ask(message)).toHaveLength(13);
    expect(ends).toEqual([first!, second!].map(({ cert }) => new X509Certificate(cert).validToDate.toUTCString()));
  });

  test.for(listeners)('$name: listens as soon as files that are waited for can be used', async ({ make }) => {
    const files = folderWith({ cert: first!.cert });
    const said: (Error | undefined)[] = [];
    const observer = { certificate: (error?: Error) => said.push(error), certificateValid: () => undefined };
    const source = await followCertificate({ ...files, interval: 5, observer, waits: true });
    closing.push(() => source.close());
    const listener = make(source);
    await listener.listen();
    closing.push(() => listener.close());
    expect(said[0]?.message).toMatch(/ENOENT.*tls\.key/);
    expect(new URL(listener.url.replace('tls:', 'https:')).port).toBe('0');

    files.write({ key: first!.key });
    await until(() => said.length === 2);
    expect(said[1]).toBeUndefined();
    expect(await shownBy(listener.url)).toBe(first!.cert);
  });

  test.for(listeners)('$name: one that never had a certificate closes, and does not listen should one come', async ({ make }) => {
    const following = new Set<unknown>();
    const subscribe: CertificateSource['subscribe'] = (apply) => {
      following.add(apply);
      return () => following.delete(apply);
    };
    const listener = make({ current: undefined, subscribe });
    await listener.listen();
    expect(following.size).toBe(1);
    await listener.close();
    expect(following.size).toBe(0);
  });

  test.for(listeners)('$name: hands are shaken once', async ({ make }) => {
    const source = await followCertificate(folderWith(first!));
    closing.push(() => source.close());
    const listener = make(source);
    await listener.listen();
    closing.push(() => listener.close());
    const socket = await shake(listener.url, { maxVersion: 'TLSv1.2' });
    const refused = new Promise<Error>((resolve) => socket.once('error', resolve));
    socket.renegotiate({ rejectUnauthorized: false }, (error) => error === null && socket.destroy(new Error('renegotiated')));
    expect((await refused).message).toMatch(/no renegotiation/);
  });

  test('files that cannot be read are said once, and said to be well when they can be again, though they say what they said', async () => {
    const files = folderWith(first!);
    const said: (string | undefined)[] = [];
    const observer = { certificate: (error?: Error) => said.push(error?.message), certificateValid: () => undefined };
    const source = await followCertificate({ ...files, interval: 5, observer });
    closing.push(() => source.close());
    rmSync(files.keyFile);
    await until(() => said.length === 1);
    await wait(50);
    files.write({ key: first!.key });
    await until(() => said.length === 2);
    expect(said).toEqual([expect.stringContaining('ENOENT'), undefined]);
  });

  test.for(listeners)('$name: TLS 1.2 and up, its own protocol only', async ({ make, protocol }) => {
    const listener = make({ current: { ...first!, minVersion: 'TLSv1.2' }, subscribe: () => () => undefined });
    await listener.listen();
    closing.push(() => listener.close());
    expect((await shake(listener.url, { maxVersion: 'TLSv1.2' })).getProtocol()).toBe('TLSv1.2');
    expect((await shake(listener.url, { ALPNProtocols: ['other', protocol] })).alpnProtocol).toBe(protocol);
    await expect(shake(listener.url, { ALPNProtocols: ['other'] })).rejects.toThrow(/no application protocol/);
    await expect(shake(listener.url, { maxVersion: 'TLSv1.1' })).rejects.toThrow();
  });

  test.for<{ name: string; files: Partial<Certificate>; wrong: RegExp }>([
    { name: 'no key', files: { cert: first?.cert ?? '' }, wrong: /ENOENT.*tls\.key/ },
    { name: 'no PEM', files: { cert: 'not PEM', key: 'not PEM' }, wrong: /cannot use the certificate/ },
    { name: 'a key of another', files: { cert: first?.cert ?? '', key: second?.key ?? '' }, wrong: /belong together/ },
    { name: 'a key of another kind', files: { cert: first?.cert ?? '', key: rsa.key }, wrong: /belong together/ },
    { name: 'a key with a passphrase', files: { cert: first?.cert ?? '', key: locked('pkcs8') }, wrong: /the key has a passphrase/ },
    { name: 'an old key with a passphrase', files: { cert: first?.cert ?? '', key: locked('pkcs1') }, wrong: /the key has a passphrase/ },
    {
      name: 'a chain whose end comes first',
      files: { cert: `${second?.cert}${first?.cert}`, key: first?.key ?? '' },
      wrong: /the key's own first/,
    },
    { name: 'an empty key', files: { cert: first?.cert ?? '', key: '' }, wrong: /belong together/ },
    { name: 'an empty certificate', files: { cert: '', key: first?.key ?? '' }, wrong: /belong together/ },
  ])('refused at start: $name', async ({ files, wrong }) => {
    await expect(followCertificate(folderWith(files))).rejects.toThrow(wrong);
  });
});
