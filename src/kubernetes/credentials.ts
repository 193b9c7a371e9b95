/** Credentials for an API server and the CA that is trusted for it; in a pod, from the files that the kubelet keeps fresh. */
import { readFile } from 'node:fs/promises';
import type http from 'node:http';
import { urlHost } from '../wire/address.ts';
import type { Clock } from '../clock.ts';

/** What one request needs. Strings rather than Buffers, so that a change is found by comparison. */
export interface Access {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** A proxy's agent, where a kubeconfig names a proxy. */
  readonly agent?: http.Agent;
}

export interface Credentials {
  /** The API server's URL. */
  readonly server: string;
  /** Returns credentials fresh enough for a request now. */
  access(): Promise<Access>;
  /** Discards cached credentials, which the server refused. */
  renew(): void;
}

/** A projected token is replaced on disk before it expires (an hour); files are read again at this age, ms. */
const FRESH = 60_000;

/** Where the kubelet puts a pod's token and CA. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface InClusterOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly folder?: string;
  readonly clock: Clock;
}

export function inClusterCredentials({ environment = process.env, folder = SERVICE_ACCOUNT, clock }: InClusterOptions): Credentials {
  const host = environment.KUBERNETES_SERVICE_HOST ?? '';
  const port = environment.KUBERNETES_SERVICE_PORT ?? '443';
  return {
    server: `https://${urlHost(host)}:${port}`,
    ...kept(clock, async () => ({
      headers: { authorization: `Bearer ${(await readFile(`${folder}/token`, 'utf8')).trim()}` },
      tls: { ca: await readFile(`${folder}/ca.crt`, 'utf8') },
    })),
  };
}

/** Caches what `read` returns for a minute. */
export function kept(clock: Clock, read: () => Promise<Access>): Pick<Credentials, 'access' | 'renew'> {
  let readAt = Number.NEGATIVE_INFINITY;
  let access: Promise<Access> | undefined;
  return {
    access() {
      if (access === undefined || clock.monotonic() - readAt >= FRESH) {
        readAt = clock.monotonic();
        const reading = (access = read());
        reading.catch(() => {
          if (access === reading) access = undefined;
        });
      }
      return access;
    },
    renew: () => (access = undefined),
  };
}
