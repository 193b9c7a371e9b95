/** charts/kubezone/files/live-options.txt: names of the options that change without a restart, which the chart's checksum leaves out. */
import { options } from '../../src/config/options.ts';

export function liveOptions(): string {
  return options
    .filter((option) => option.reloadable && option.notInFile !== true)
    .map((option) => `${option.name}\n`)
    .join('');
}
