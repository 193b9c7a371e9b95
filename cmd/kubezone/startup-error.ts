/** Explains in one message what went wrong and what to do, for errors that the operator can do something about. */
import type { Options } from '../../src/config/options.ts';

interface SystemError extends Error {
  readonly code: string;
  readonly syscall?: string;
  readonly address?: string;
  readonly port?: number;
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
  const { code, syscall = '', address = '', port } = error;
  const where = port === undefined || port < 0 ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`;
  if (syscall === 'bind' || syscall === 'listen') return explainBind(code, where, port, flagOf(port, options)) ?? error.message;
  if (error.path !== undefined)
    return `${fileFlagOf(error.path, options)}cannot ${READING.has(syscall) ? 'read' : syscall} ${error.path}: ${reasons[code] ?? error.message}`;
  return error.message;
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

function explainBind(code: string, where: string, port: number | undefined, flag: string): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `cannot listen on ${where}: the port is in use; end what listens there (ss -lntup shows it) or choose another with ${flag} ADDR:PORT`;
    case 'EACCES':
    case 'EPERM':
      return (
        `cannot listen on ${where}: ports below 1024 need a right that this user does not have; give it (in Kubernetes: the pod's ` +
        `sysctl net.ipv4.ip_unprivileged_port_start: '0', or with hostNetwork root and NET_BIND_SERVICE; elsewhere: setcap ` +
        `cap_net_bind_service=+ep on the node program, or run as root) or choose a port above, ` +
        `such as ${flag} 127.0.0.1:${port === 53 ? 1053 : 1024 + (port ?? 0)}`
      );
    case 'EADDRNOTAVAIL':
      return `cannot listen on ${where}: this machine has no such address; choose one of its own (ip address shows them) with ${flag} ADDR:PORT`;
    case 'EAFNOSUPPORT':
      return `cannot listen on ${where}: this machine does not speak that address family; choose an address of another with ${flag} ADDR:PORT`;
    default:
      return undefined;
  }
}

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

/** Returns the option that named the port, which the error does not say. */
function flagOf(port: number | undefined, options: Options | undefined): string {
  if (options === undefined || port === undefined) return '--listen';
  if (options.listen.some((address) => address.port === port)) return '--listen';
  if (options.listenTls.some((address) => address.port === port)) return '--listen-tls';
  if (options.listenHttps.some((address) => address.port === port)) return '--listen-https';
  return options.admin?.port === port ? '--admin' : '--listen';
}
