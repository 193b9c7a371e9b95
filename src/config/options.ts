/** The option table: every option of the program, from which flags, environment variables, config file, help, docs and schemas are derived. */
import type { Option, OptionGroup, ValuesOf } from './option.ts';
import { cacheOptions } from './cache-options.ts';
import { commandOptions } from './command-options.ts';
import { forwardOptions } from './forward-options.ts';
import { securityOptions } from './security-options.ts';
import { serverOptions } from './server-options.ts';
import { sourceOptions } from './source-options.ts';
import { startOptions } from './start-options.ts';
import { telemetryOptions } from './telemetry-options.ts';

/** The values of all options: frozen plain data with a camel-case property per row. It can be posted to a worker thread. */
export type Options = ValuesOf<typeof startOptions> &
  ValuesOf<typeof sourceOptions> &
  ValuesOf<typeof serverOptions> &
  ValuesOf<typeof forwardOptions> &
  ValuesOf<typeof cacheOptions> &
  ValuesOf<typeof securityOptions> &
  ValuesOf<typeof telemetryOptions> &
  ValuesOf<typeof commandOptions>;

/** In the order of the docs. */
export const optionGroups: readonly OptionGroup[] = [
  { title: 'Start', rows: startOptions },
  { title: 'Source', rows: sourceOptions },
  { title: 'Server', rows: serverOptions },
  { title: 'Forwarding', rows: forwardOptions },
  { title: 'Cache', rows: cacheOptions },
  { title: 'Security', rows: securityOptions },
  { title: 'Telemetry', rows: telemetryOptions },
  { title: 'Commands', rows: commandOptions },
];

export const options: readonly Option[] = optionGroups.flatMap((group) => group.rows);
