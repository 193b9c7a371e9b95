/** The secrets of DNS cookies (RFC 7873) from the file that the options name, read again when it changes, as a rotated Secret does. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/clock.ts';
import type { Options } from '../../src/config/options.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { followFile } from '../../src/upstream/follow-file.ts';
import { readCookieSecrets, type ServerCookies } from '../../src/wire/cookie.ts';

type Read = ReturnType<typeof readCookieSecrets>;

/** Reads the secrets of the file that the options name; each error begins with its path. */
export function cookieSecrets({ cookieSecret: path }: Pick<Options, 'cookieSecret'>): Read {
  if (path === undefined) return { secrets: [], errors: [] };
  try {
    return secretsIn(path, readFileSync(path, 'utf8'));
  } catch (error) {
    return { secrets: [], errors: [unreadable(path, error as Error)] };
  }
}

/**
 * Returns the secrets that every thread begins with: the file's, so that one that replaces a crashed thread while the file is broken makes cookies that the
 * others accept; or a random one.
 */
export function initialSecrets(options: Pick<Options, 'cookieSecret'>): readonly Uint8Array[] {
  const { secrets } = cookieSecrets(options);
  return secrets.length > 0 ? secrets : [randomBytes(16)];
}

export interface FollowSecretsParts {
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Time between two looks at the file, ms. */
  readonly period?: number;
}

/** Gives `cookies` the file's secrets, at once and after each change, until the signal aborts. A file that is not valid leaves those in use. */
export function followCookieSecrets(path: string, cookies: ServerCookies, { log, signal, ...parts }: FollowSecretsParts): void {
  const complain = (errors: readonly string[]): void =>
    log.error({}, `the file with the secret of the cookies cannot be used, and the secrets in use stay: ${errors.join('; ')}`);
  let isFirst = true;
  followFile(path, {
    ...parts,
    clock: systemClock,
    signal,
    changed: (text) => {
      const { secrets, errors } = secretsIn(path, text);
      if (errors.length > 0) {
        complain(errors);
        return;
      }
      cookies.useSecrets(secrets);
      if (!isFirst) log.info({ path, secrets: secrets.length }, 'the secrets of the cookies were read again');
    },
    unreadable: (error) => complain([unreadable(path, error)]),
  });
  isFirst = false;
}

function secretsIn(path: string, text: string): Read {
  const { secrets, errors } = readCookieSecrets(text);
  return { secrets, errors: errors.map((error) => `${JSON.stringify(path)} ${error}`) };
}

function unreadable(path: string, { message }: Error): string {
  return `${JSON.stringify(path)} cannot be read (${message}): give a file with 32 hexadecimal digits`;
}
