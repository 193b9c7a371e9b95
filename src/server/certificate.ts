/** A certificate and its key in two PEM files, read again when they change; connections that are open stay as they are. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Listener } from './listener.ts';

/** The certificate of now, and word of the next one. */
export interface CertificateSource {
  readonly current: SecureContextOptions;
  /** Calls `apply` with every later certificate, until the function returned is called. */
  subscribe(apply: (options: SecureContextOptions) => void): () => void;
}

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Heard of each reading that found something new: `error` when it cannot be used, and what there was stays. */
  readonly observer?: { certificate(error?: Error): void } | undefined;
  /** How often the files are looked at, ms. A mounted Secret is replaced by a link, which file watches miss. */
  readonly interval?: number | undefined;
}

const INTERVAL = 5000;

/** Rejects when the files cannot be read or do not belong together. `close` ends the looking. */
export async function followCertificate(files: CertificateFiles): Promise<CertificateSource & { close(): void }> {
  const { observer, interval = INTERVAL } = files;
  const applies = new Set<(options: SecureContextOptions) => void>();
  let last = await read(files);
  let current = secureOptions(last, files);
  let reading = false;
  const look = async (): Promise<void> => {
    const pem = await read(files);
    if (pem.cert === last.cert && pem.key === last.key) return;
    last = pem;
    current = secureOptions(pem, files);
    for (const apply of applies) apply(current);
    observer?.certificate();
  };
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

/** A listener whose server is given the certificate from when it listens until it is closed. */
export function withCertificate(listener: Listener, source: CertificateSource, apply: (options: SecureContextOptions) => void): Listener {
  let unsubscribe = (): void => undefined;
  return {
    get url() {
      return listener.url;
    },
    async listen() {
      apply(source.current);
      unsubscribe = source.subscribe(apply);
      await listener.listen();
    },
    async close() {
      await listener.close();
      unsubscribe();
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

/** Throws when the two cannot be used together, as they may for a moment while they are replaced. */
function secureOptions({ cert, key }: Pem, { certFile, keyFile }: CertificateFiles): SecureContextOptions {
  const options = { cert, key, minVersion: 'TLSv1.2' } as const;
  try {
    createSecureContext(options);
    // OpenSSL keeps an RSA key beside an EC certificate, and nothing where there is no text, and then serves nobody.
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Error('the key is not that of the certificate');
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`cannot use the certificate ${certFile} with the key ${keyFile}: ${message}; both must be PEM and belong together`, {
      cause: error,
    });
  }
  return options;
}
