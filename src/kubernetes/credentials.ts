/** Who we are to an API server and whom we trust there; in a pod, from the files the kubelet keeps fresh. */
import { readFile } from 'node:fs/promises';
import type http from 'node:http';
import { isIPv6 } from 'node:net';
import type { Clock } from '../clock.ts';

/** What one request needs. Texts, not Buffers, so that a change is seen by comparing. */
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
  /** Fresh enough for a request now. */
  access(): Promise<Access>;
  /** Nothing kept is to be used again: the server refused it. */
  renew(): void;
}

/** A projected token is replaced on disk before it expires (an hour); files are read again when this old, ms. */
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
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    ...kept(clock, async () => ({
      headers: { authorization: `Bearer ${(await readFile(`${folder}/token`, 'utf8')).trim()}` },
      tls: { ca: await readFile(`${folder}/ca.crt`, 'utf8') },
    })),
  };
}

/** Keeps what `read` gives for a minute. */
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
