/** Options of logs and metrics. A new option is a new row; option.ts says what a row holds. */

export const telemetryOptions = [
  {
    name: 'log-level',
    type: 'enum',
    values: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    does: 'Least severity of log lines written.',
    reloadable: true,
  },
  {
    name: 'metrics-compat',
    type: 'enum',
    values: ['none', 'coredns'],
    default: 'none',
    does: 'Also exports the metric families of another nameserver, for dashboards and alerts made for it.',
    reloadable: false,
  },
] as const;
