/** Metrics of the process, its threads, its options and its logs. */
import type { Metric } from './metric.ts';

export const processMetrics: readonly Metric[] = [
  {
    name: 'kubezone_build_info',
    type: 'gauge',
    read: true,
    labels: ['version', 'revision', 'runtime'],
    help: '1, labelled with the version, revision and runtime.',
  },
  { name: 'process_cpu_seconds_total', type: 'counter', read: true, labels: [], help: 'User and system CPU time spent.' },
  { name: 'process_resident_memory_bytes', type: 'gauge', read: true, labels: [], help: 'Resident memory size.' },
  { name: 'process_virtual_memory_bytes', type: 'gauge', read: true, labels: [], help: 'Virtual memory size.' },
  { name: 'process_start_time_seconds', type: 'gauge', read: true, labels: [], help: 'Start time of the process, in seconds since 1970.' },
  { name: 'process_open_fds', type: 'gauge', read: true, labels: [], help: 'Open file descriptors.' },
  { name: 'process_max_fds', type: 'gauge', read: true, labels: [], help: 'Maximum number of open file descriptors.' },
];

export const threadMetrics: readonly Metric[] = [
  {
    name: 'kubezone_thread_cpu_seconds_total',
    type: 'counter',
    cells: 'cpu',
    labels: { thread: 'thread' },
    help: 'CPU time of a thread; `main` is the control thread, numbers are serving threads.',
  },
  {
    name: 'kubezone_thread_heap_used_bytes',
    type: 'gauge',
    cells: 'heapUsed',
    labels: { thread: 'thread' },
    help: "JavaScript heap in use in a thread's isolate.",
  },
  {
    name: 'kubezone_thread_heap_size_bytes',
    type: 'gauge',
    cells: 'heapTotal',
    labels: { thread: 'thread' },
    help: "JavaScript heap reserved by a thread's isolate.",
  },
  {
    name: 'kubezone_thread_event_loop_active_seconds_total',
    type: 'counter',
    cells: 'loopActive',
    labels: { thread: 'thread' },
    help: 'Time the event loop was active.',
  },
  {
    name: 'kubezone_thread_event_loop_idle_seconds_total',
    type: 'counter',
    cells: 'loopIdle',
    labels: { thread: 'thread' },
    help: 'Time the event loop was idle.',
  },
  {
    name: 'kubezone_thread_event_loop_delay_seconds',
    type: 'gauge',
    cells: 'loopDelay',
    labels: { thread: 'thread' },
    help: 'Maximum delay of a timer in the thread in the last five seconds.',
  },
  {
    name: 'kubezone_thread_gc_runs_total',
    type: 'counter',
    cells: 'collections',
    labels: { thread: 'thread' },
    help: 'Garbage collections.',
  },
  {
    name: 'kubezone_thread_gc_seconds_total',
    type: 'counter',
    cells: 'collectionSeconds',
    labels: { thread: 'thread' },
    help: 'Time spent in garbage collections.',
  },
  {
    name: 'kubezone_thread_restarts_total',
    type: 'counter',
    read: true,
    labels: [],
    help: 'Serving threads that ended unexpectedly or hung, and were replaced.',
  },
];

export const configMetrics: readonly Metric[] = [
  {
    name: 'kubezone_config_reloads_total',
    type: 'counter',
    cells: 'reloads',
    labels: { result: 'result' },
    help: 'Times the config file was reread; after a failure the previous options stay in use.',
  },
  {
    name: 'kubezone_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    read: true,
    labels: [],
    help: 'When the options in use were loaded, in seconds since 1970.',
  },
  {
    name: 'kubezone_config_last_reload_successful',
    type: 'gauge',
    read: true,
    labels: [],
    help: '1 if the current config file was accepted, even if some options wait for a restart; 0 if it was refused.',
  },
  {
    name: 'kubezone_config_options_awaiting_restart',
    type: 'gauge',
    read: true,
    labels: [],
    help: 'Options whose values in the config file are not in use yet because they take effect only after a restart; the log names them.',
  },
];

export const logMetrics: readonly Metric[] = [
  {
    name: 'kubezone_log_lines_total',
    type: 'counter',
    cells: 'logLines',
    labels: { level: 'level' },
    help: 'Log lines written.',
  },
  {
    name: 'kubezone_log_suppressed_total',
    type: 'counter',
    cells: 'logSuppressed',
    labels: {},
    help: 'Log lines suppressed because the same line, or too many others, were written in the last ten seconds.',
  },
  {
    name: 'kubezone_log_lost_total',
    type: 'counter',
    cells: 'logLost',
    labels: {},
    help: 'Log lines lost because standard error did not take them, as on a full disk.',
  },
  {
    name: 'kubezone_query_log_lines_total',
    type: 'counter',
    cells: 'logged',
    labels: {},
    help: 'Lines written to the query log.',
  },
  {
    name: 'kubezone_query_log_dropped_total',
    type: 'counter',
    cells: 'logDropped',
    labels: {},
    help: 'Queries missing from the query log because it could not keep up.',
  },
];
