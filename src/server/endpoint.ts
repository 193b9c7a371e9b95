/** The address and port of a listener, its URL, and system errors that name it. */
import { urlHost } from '../wire/address.ts';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';

export interface Endpoint {
  /** An IP address; `0.0.0.0` and `::` are all addresses of one family. */
  readonly host: string;
  /** 0: the system chooses one. */
  readonly port: number;
}

/** `udp://127.0.0.1:53`, `https://[::1]:443`. */
export function endpointUrl(scheme: string, { host, port }: Endpoint): string {
  return `${scheme}://${urlHost(host)}:${port}`;
}

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program (ss -lntup shows it) or another listener of this one has it: stop that, or choose another port',
  EACCES:
    "ports below 1024 need a right that this user lacks: in Kubernetes set the pod's sysctl net.ipv4.ip_unprivileged_port_start to 0 (with " +
    'hostNetwork: root and NET_BIND_SERVICE), elsewhere run setcap cap_net_bind_service=+ep on the node program, or be root; or choose a higher port, such as 1053',
  EINVAL: 'it cannot be listened on: link-local addresses (fe80::) are heard on [::], IPv4-mapped ones as IPv4',
  EADDRNOTAVAIL: 'no interface of this machine has the address (ip address shows those that there are)',
  EAFNOSUPPORT: 'this machine has no such address family: leave the address out',
};

/** Returns the error of a listener that could not open, with the system's `code`: EADDRINUSE, EACCES, … */
export function cannotListen(url: string, error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  const code = error.code ?? 'UNKNOWN';
  const remedy = remedies[code];
  const said = error.errno === undefined ? error.message : getSystemErrorMessage(-Math.abs(error.errno));
  const message = `cannot listen on ${url}: ${said} (${code})${remedy === undefined ? '' : `; ${remedy}`}`;
  return Object.assign(new Error(message, { cause: error }), { code });
}

/** Returns the error of a failed system call. `errno` is positive. */
export function systemError(call: string, errno: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${call}: ${getSystemErrorMessage(-errno)} (${code})`), { code, errno: -errno, syscall: call });
}
