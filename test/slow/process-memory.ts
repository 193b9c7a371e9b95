/** Resident memory and open descriptors of a process, from Linux's /proc. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

export interface Resident {
  /** Current resident memory, MiB. */
  readonly now: number;
  /** Peak since the process started, or since `forgetPeak`, MiB. */
  readonly peak: number;
}

export function resident(pid: number): Resident {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const mebibytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)![1]) / 1024;
  return { now: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
}

/** Resets the peak to the current value. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
