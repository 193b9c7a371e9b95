/** Finds options that this machine cannot fulfil: a cache larger than its memory, and a snapshot in the place of something that is no file. */
import { statSync, type Stats } from 'node:fs';
import { totalmem } from 'node:os';
import type { Problem } from '../../src/config/check.ts';
import type { Options } from '../../src/config/options.ts';
import { formatSize } from '../../src/config/quantity.ts';

export function machineProblems(options: Options, memory: number = memoryOfProcess()): readonly Problem[] {
  return [...cacheProblems(options, memory), ...snapshotProblems(options)];
}

/** The kernel refuses it, or ends the process once the cache has filled; a reload would end one serving thread after the other. */
function cacheProblems({ cacheSize }: Options, memory: number): readonly Problem[] {
  if (cacheSize <= memory) return [];
  return [
    { option: 'cache-size', problem: `"${formatSize(cacheSize)}" is more than the memory there is, ${formatSize(memory)}: give less` },
  ];
}

/** Bytes: the machine's, or what the cgroup of a container leaves of them. */
function memoryOfProcess(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** A snapshot is renamed into its place. As root, that would replace even a device such as /dev/null by a file. */
function snapshotProblems({ snapshot }: Options): readonly Problem[] {
  if (snapshot === undefined || (statOf(snapshot)?.isFile() ?? true)) return [];
  return [{ option: 'snapshot', problem: `${JSON.stringify(snapshot)} is no file: give the path of one, which need not exist yet` }];
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
