/** The file with the authorities whose certificates upstreams may have: read at the start, and again when it changes, as authorities are renewed too. */
import { readFileSync } from 'node:fs';
import { followFile, type FollowOptions } from './follow-file.ts';

/** PEM without a certificate: nobody is trusted. None at all would mean the public authorities. */
const NOBODY = 'nobody';

const RIGHT = "give a file with the authorities' certificates";

export interface AuthoritiesParts extends Pick<FollowOptions, 'clock' | 'signal'> {
  readonly warn: (text: string) => void;
  /** Called with what is now to be trusted, once the file has changed. */
  readonly changed: (pem: string) => void;
}

/**
 * What is to be trusted now. A file that cannot be read, or holds no certificate, takes nothing away: what was in it before is trusted on, and at the start
 * nobody, as other upstreams and the cluster's names are not to go with those of TLS.
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

/** Why the file is of no use; undefined when it is. */
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
