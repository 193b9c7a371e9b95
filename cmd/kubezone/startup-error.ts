/** Explains in one message what went wrong and what to do, for errors that the operator can do something about. */
import type { Options } from '../../src/config/options.ts';

interface SystemError extends Error {
  readonly code: string;
  readonly syscall?: string;
  readonly path?: string;
}

/** Errors of the language: a defect of ours, unless caused by a system error (`fetch failed`). */
const defects: ReadonlySet<string> = new Set([
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'AssertionError',
  'EvalError',
  'URIError',
]);

/** Returns one message; only that of a defect has several lines, since it includes the stack. */
export function explain(error: unknown, options?: Options): string {
  if (!(error instanceof Error)) return `failed: ${String(error)}`;
  const system = systemErrorIn(error);
  if (system !== undefined && (error === system || defects.has(error.name))) return explainSystem(system, options);
  if (!defects.has(error.name)) return error.message;
  return `a defect of kubezone: please report it with this:\n${error.stack ?? error.message}`;
}

/** Returns the error itself, or the first of its causes, that came from the operating system. */
function systemErrorIn(error: Error): SystemError | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('syscall' in at && 'code' in at && typeof at.code === 'string') return at as SystemError;
  }
  return undefined;
}

function explainSystem(error: SystemError, options: Options | undefined): string {
  const { code, syscall = '', path } = error;
  if (path === undefined) return error.message;
  return `${fileFlagOf(path, options)}cannot ${READING.has(syscall) ? 'read' : syscall} ${path}: ${reasons[code] ?? error.message}`;
}

/** What is called first, to read a file or folder. */
const READING: ReadonlySet<string> = new Set(['open', 'stat', 'access', 'scandir']);

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; give the path of one',
  EACCES: 'this user may not read it; change its rights or run as another user',
  EISDIR: 'it is a folder; give the path of a file',
  ENOTDIR: 'a part of the path is no folder',
  EMFILE: 'too many open files; raise the limit (ulimit -n)',
};

/** Returns the option that named the file and a colon, which the error does not say; '' if no option did. */
function fileFlagOf(path: string, options: Options | undefined): string {
  const { rpz = [], blocklist = [], tlsCert, tlsKey } = options ?? {};
  const named = { '--rpz': rpz, '--blocklist': blocklist, '--tls-cert': [tlsCert], '--tls-key': [tlsKey] };
  const found = Object.entries(named).find(([, paths]) => paths.some((one) => one !== undefined && isAt(path, one)));
  return found === undefined ? '' : `${found[0]}: `;
}

/** Whether `path` is `named`, or in that folder. */
function isAt(path: string, named: string): boolean {
  return path === named || path.startsWith(`${named.replace(/\/$/, '')}/`);
}
