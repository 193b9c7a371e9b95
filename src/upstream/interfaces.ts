/**
 * The machine's network interfaces. To read them takes a netlink socket, which a process with all its descriptors in use does not get for a moment, and
 * one in a sandbox (RestrictAddressFamilies of systemd, seccomp) never.
 */
import { constants, networkInterfaces } from 'node:os';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** Reasons that pass. Node's error has the errno as its only telling field. */
const PASSING: ReadonlySet<number> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'].map((code) => constants.errno[code as 'EMFILE']));

let lastRead: Interfaces | undefined;

/** Returns them as they are, or as they were last; none where they cannot be read. Throws if nothing is known of them for a reason that will pass. */
export function machineInterfaces(read: () => Interfaces = networkInterfaces): Interfaces {
  try {
    lastRead = read();
  } catch (error) {
    if (lastRead === undefined && PASSING.has(Math.abs((error as NodeJS.ErrnoException).errno ?? 0))) throw error;
  }
  return lastRead ?? {};
}
