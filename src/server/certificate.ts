/** A certificate and its key in two PEM files, read again when they change; open connections keep the certificate they began with. */
import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import { tls } from '../node-modules.ts';
import type { Listener } from './listener.ts';
import type { ListenerObserver } from './observer.ts';

/** The current certificate, and notice of every later one. */
export interface CertificateSource {
  /** Undefined until the files can be used for the first time. */
  readonly current: SecureContextOptions | undefined;
  /** Calls `apply` with every later certificate, until the function returned is called. */
  subscribe(apply: (options: SecureContextOptions) => Promise<void>): () => void;
}

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Notified of the first certificate, of every change, and of files that cannot be used. */
  readonly observer?: Pick<ListenerObserver, 'certificate' | 'certificateValid'> | undefined;
  /** ms between two reads of the files. A mounted Secret is replaced by changing a symbolic link, which file watches miss. */
  readonly interval?: number | undefined;
  /** Waits for files that cannot be used at first, instead of rejecting: a thread that replaces a crashed one must answer without them. */
  readonly waits?: boolean | undefined;
}

const INTERVAL = 5000;

/** Rejects when the files cannot be read or do not belong together, unless it `waits`. `close` stops following them. */
export async function followCertificate(files: CertificateFiles): Promise<CertificateSource & { close(): void }> {
  const { observer, interval = INTERVAL, waits = false } = files;
  const applies = new Set<(options: SecureContextOptions) => Promise<void>>();
  const take = (pem: Pem): SecureContextOptions => {
    const { options, certificate } = secured(pem, files);
    observer?.certificateValid(certificate.validFromDate, certificate.validToDate);
    return options;
  };
  let last: Pem | Error | undefined;
  let current: SecureContextOptions | undefined;
  let reading = false;
  const look = async (): Promise<void> => {
    const found = await read(files).catch((error: unknown) => error as Error);
    const before = last;
    last = found;
    if (found instanceof Error) {
      if (!(before instanceof Error)) throw found;
      return;
    }
    if (before !== undefined && !(before instanceof Error) && found.cert === before.cert && found.key === before.key) return;
    const taken = take(found);
    current = taken;
    await Promise.all(Array.from(applies, (apply) => apply(taken)));
    if (before !== undefined) observer?.certificate();
  };
  await look().catch((error: unknown) => {
    if (!waits) throw error;
    observer?.certificate(error as Error);
  });
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    look()
      .catch((error: unknown) => observer?.certificate(error as Error))
      .finally(() => (reading = false));
  }, interval).unref();
  return {
    get current() {
      return current;
    },
    subscribe(apply) {
      applies.add(apply);
      return () => applies.delete(apply);
    },
    close: () => clearInterval(timer),
  };
}

/**
 * Wraps `listener` so that `apply` gets the current certificate before it listens, and every later one until it is closed. Without one it does not
 * listen yet: other threads on its port have one, and their clients should not come here.
 */
export function withCertificate(listener: Listener, source: CertificateSource, apply: (options: SecureContextOptions) => void): Listener {
  let unsubscribe = (): void => undefined;
  let listening: Promise<void> | undefined;
  const use = (options: SecureContextOptions): Promise<void> => {
    apply(options);
    return (listening ??= listener.listen());
  };
  return {
    get url() {
      return listener.url;
    },
    async listen() {
      unsubscribe = source.subscribe(use);
      if (source.current !== undefined) await use(source.current);
    },
    async close() {
      unsubscribe();
      if (listening === undefined) return;
      await listening.catch(() => undefined);
      await listener.close();
    },
  };
}

interface Pem {
  readonly cert: string;
  readonly key: string;
}

async function read({ certFile, keyFile }: CertificateFiles): Promise<Pem> {
  const [cert, key] = await Promise.all([readFile(certFile, 'latin1'), readFile(keyFile, 'latin1')]);
  return { cert, key };
}

/** Throws when the two cannot be used together, as happens for a moment while they are being replaced. */
function secured(
  { cert, key }: Pem,
  { certFile, keyFile }: CertificateFiles,
): { options: SecureContextOptions; certificate: X509Certificate } {
  // A TLS 1.2 client could demand handshake after handshake; TLS 1.3 has no renegotiation, and HTTP/2 forbids it (RFC 9113 section 9.2.1).
  const options = { cert, key, minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION } as const;
  try {
    if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(key)) throw new Error('the key has a passphrase, and must have none');
    tls().createSecureContext(options);
    const certificate = new X509Certificate(cert);
    // OpenSSL accepts an RSA key with an EC certificate, and an empty file; every handshake would then fail.
    if (!certificate.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is not that of the certificate');
    return { options, certificate };
  } catch (error) {
    const { message } = error as Error;
    throw new Error(
      `cannot use the certificate ${certFile} with the key ${keyFile}: ${message}; both must be PEM and belong together, of a chain the key's own first`,
      { cause: error },
    );
  }
}
