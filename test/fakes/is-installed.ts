/** Whether a tool is installed; tests that need one that is not are skipped. */
import { spawnSync } from 'node:child_process';

export function isInstalled(tool: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', tool]).status === 0;
}
