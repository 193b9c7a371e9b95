/**
 * The machine's network interfaces. To read them takes a netlink socket, which a process with all its descriptors in use does not get for a moment, and
 * one in a sandbox (RestrictAddressFamilies of systemd, seccomp) never.
 */
import { constants, networkInterfaces } from 'node:os';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** Reasons that pass. Node's error has the errno as its only telling field. */
const PASSING: ReadonlySet<number> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'].map((code) => constants.errno[code as 'EMFILE']));

/** Returns them as they are, or as they were last; none where they cannot be read. Throws if nothing is known of them for a reason that will pass. */
export const machineInterfaces: () => Interfaces = readerOf(networkInterfaces);

export function readerOf(read: () => Interfaces): () => Interfaces {
  let last: Interfaces | undefined;
  return () => {
    try {
      last = read();
    } catch (error) {
      if (last === undefined && PASSING.has(Math.abs((error as NodeJS.ErrnoException).errno ?? 0))) throw error;
    }
    return last ?? {};
  };
}
