/** The file of the certificate authorities trusted for upstreams: read at startup, and again when it changes, as authorities are renewed too. */
import { readFileSync } from 'node:fs';
import { followFile, type FollowOptions } from './follow-file.ts';

/** PEM without a certificate: no authority is trusted. Undefined would mean the public authorities. */
const NOBODY = 'nobody';

const RIGHT = "give a file with the authorities' certificates";

export interface AuthoritiesParts extends Pick<FollowOptions, 'clock' | 'signal'> {
  readonly warn: (text: string) => void;
  /** Called with the PEM to trust from now on, whenever the file has changed. */
  readonly changed: (pem: string) => void;
}

/**
 * Returns the PEM to trust now. If the file cannot be read or holds no certificate, what was trusted before still is; at startup that is no
 * authority, so that only upstreams over TLS fail, not the others or the cluster's names.
 */
export function followAuthorities(path: string, before: string | undefined, { clock, signal, warn, changed }: AuthoritiesParts): string {
  let pem = before ?? NOBODY;
  let isRead = false;
  followFile(path, {
    clock,
    signal,
    changed: (text) => {
      if (!holdsCertificate(text)) throw new TypeError(NONE);
      pem = text;
      if (isRead) changed(pem);
    },
    unreadable: (error) => warn(`--upstream-ca ${path} ${said(error)}`),
  });
  isRead = true;
  return pem;
}

/** Returns why the file cannot be used; undefined when it can. */
export function authoritiesProblem(path: string): string | undefined {
  try {
    return holdsCertificate(readFileSync(path, 'utf8')) ? undefined : said(new TypeError(NONE));
  } catch (error) {
    return said(error as Error);
  }
}

const NONE = 'holds no certificate in PEM';

function holdsCertificate(text: string): boolean {
  return text.includes('-----BEGIN ');
}

function said({ message }: Error): string {
  return message === NONE ? `${NONE}: ${RIGHT}` : `cannot be read (${message}): ${RIGHT}`;
}
