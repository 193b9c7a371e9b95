/** CPU time and memory of a process and its descendants, from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** CPU seconds so far, user and system, of all living threads; from schedstat, in nanoseconds, since /proc/PID/stat counts in ticks of 10 ms. */
export function cpuSeconds(pid: number): number {
  return sum(pid, (process) => readdirSync(`/proc/${process}/task`).reduce((total, task) => total + nanosecondsOf(process, task), 0) / 1e9);
}

function nanosecondsOf(pid: number, task: string): number {
  return Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ', 1)[0]);
}

/**
 * Resident memory in MiB as if the server ran alone: what its processes share with each other counts once, and what they share with others in full. Those of
 * a server run the same program, so the files of the one that maps most of them stand for all.
 */
export function residentMebibytes(pid: number): number {
  const ownMemory = sum(pid, (process) => kibibytes(process, 'smaps_rollup', 'Pss_Anon') + kibibytes(process, 'smaps_rollup', 'Pss_Shmem'));
  const files = Math.max(...family(pid).map((process) => kibibytes(process, 'status', 'RssFile')));
  return (ownMemory + files) / 1024;
}

function kibibytes(pid: number, file: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'latin1'))?.[1] ?? 0);
}

function sum(pid: number, of: (pid: number) => number): number {
  return family(pid).reduce((total, member) => total + of(member), 0);
}

function family(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      parents.set(Number(entry), Number(statOf(Number(entry))[1]));
    } catch {
      // The process has ended meanwhile.
    }
  }
  const members = [pid];
  for (const member of members) for (const [child, parent] of parents) if (parent === member) members.push(child);
  return members;
}

/** Fields of /proc/PID/stat after the program's name, which may itself contain spaces and parentheses: state, parent, … */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
