/** charts/kubezone/files/live-options.txt: names of the options whose change needs no restart, for the chart's checksum of the others. */
import { options } from '../../src/config/options.ts';

export function liveOptions(): string {
  return options
    .filter((option) => option.reloadable && option.notInFile !== true)
    .map((option) => `${option.name}\n`)
    .join('');
}
