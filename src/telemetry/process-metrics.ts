/** Metrics of the process, its threads, its options and its logs. */
import type { Metric } from './metric.ts';

export const processMetrics: readonly Metric[] = [
  {
    name: 'kubezone_build_info',
    type: 'gauge',
    read: true,
    labels: ['version', 'revision', 'runtime'],
    help: '1, labelled with what is running.',
  },
  { name: 'process_cpu_seconds_total', type: 'counter', read: true, labels: [], help: 'User and system CPU time spent.' },
  { name: 'process_resident_memory_bytes', type: 'gauge', read: true, labels: [], help: 'Resident memory size.' },
  { name: 'process_virtual_memory_bytes', type: 'gauge', read: true, labels: [], help: 'Virtual memory size.' },
  { name: 'process_start_time_seconds', type: 'gauge', read: true, labels: [], help: 'Start of the process, in seconds since 1970.' },
  { name: 'process_open_fds', type: 'gauge', read: true, labels: [], help: 'Open file descriptors.' },
  { name: 'process_max_fds', type: 'gauge', read: true, labels: [], help: 'Most file descriptors that may be open.' },
];

export const threadMetrics: readonly Metric[] = [
  {
    name: 'kubezone_thread_cpu_seconds_total',
    type: 'counter',
    cells: 'cpu',
    labels: { thread: 'thread' },
    help: 'CPU time of a thread; `main` is the control plane, numbers are serving threads.',
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
    help: 'Time the event loop was at work.',
  },
  {
    name: 'kubezone_thread_event_loop_idle_seconds_total',
    type: 'counter',
    cells: 'loopIdle',
    labels: { thread: 'thread' },
    help: 'Time the event loop waited.',
  },
  {
    name: 'kubezone_thread_event_loop_delay_seconds',
    type: 'gauge',
    cells: 'loopDelay',
    labels: { thread: 'thread' },
    help: 'Most that a timer of the thread was late in the last five seconds.',
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
    help: 'Serving threads that ended unasked, or hung, and were replaced.',
  },
];

export const configMetrics: readonly Metric[] = [
  {
    name: 'kubezone_config_reloads_total',
    type: 'counter',
    cells: 'reloads',
    labels: { result: 'result' },
    help: 'Times the config file was read again; after a failure the options in use stay.',
  },
  {
    name: 'kubezone_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    read: true,
    labels: [],
    help: 'When the options in use were taken, in seconds since 1970.',
  },
  {
    name: 'kubezone_config_last_reload_successful',
    type: 'gauge',
    read: true,
    labels: [],
    help: '1 when the config file as it stands was taken, but for what waits for a restart; 0 when it was refused.',
  },
  {
    name: 'kubezone_config_options_awaiting_restart',
    type: 'gauge',
    read: true,
    labels: [],
    help: 'Options whose values in the config file are not in use, since they take effect only after a restart; the log names them.',
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
    help: 'Log lines not written because the same, or too many others, were written in the last ten seconds.',
  },
  {
    name: 'kubezone_query_log_lines_total',
    type: 'counter',
    cells: 'logged',
    labels: {},
    help: 'Lines of the query log written.',
  },
  {
    name: 'kubezone_query_log_dropped_total',
    type: 'counter',
    cells: 'logDropped',
    labels: {},
    help: 'Queries that the query log lost because it could not keep up.',
  },
];
