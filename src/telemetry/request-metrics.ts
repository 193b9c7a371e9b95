/** Metrics of the requests to the API server, and the observer that counts them. */
import type { RequestObserver } from '../kubernetes/observed-api.ts';
import { cellOf } from './cells.ts';
import { observe, type Counters } from './counters.ts';
import { indexOf } from './dimensions.ts';
import type { Metric } from './metric.ts';
import type { Slots } from './slots.ts';

export const requestMetrics: readonly Metric[] = [
  {
    name: 'kubezone_reflector_requests_total',
    type: 'counter',
    cells: 'apiRequests',
    labels: { status: 'httpStatus' },
    help: 'Requests to the API server, by HTTP status; `<error>` means that there was no response.',
  },
  {
    name: 'kubezone_reflector_request_duration_seconds',
    type: 'histogram',
    cells: 'apiDurations',
    labels: {},
    help: 'Time from a request to the API server to the headers of its response, or to its failure.',
  },
];

/** Every request is a GET. */
export const corednsRequestMetrics: readonly Metric[] = [
  {
    name: 'coredns_kubernetes_rest_client_requests_total',
    type: 'counter',
    cells: 'apiRequests',
    labels: { code: 'httpStatus', method: { text: () => 'GET' }, host: 'apiHost' },
    help: 'As kubezone_reflector_requests_total.',
  },
  {
    name: 'coredns_kubernetes_rest_client_request_duration_seconds',
    type: 'histogram',
    cells: 'apiDurations',
    labels: { verb: { text: () => 'GET' }, host: 'apiHost' },
    help: 'As kubezone_reflector_request_duration_seconds, which includes watches.',
  },
];

/** `counters`: the control thread's. */
export function requestObserver(counters: Counters, slots: Slots): RequestObserver {
  return {
    requested: (host, status, milliseconds) => {
      const slot = slots.of('apiHost', host);
      counters[cellOf('apiRequests', slot, indexOf('httpStatus', String(status ?? '<error>')))]! += 1;
      observe(counters, 'apiDurations', milliseconds / 1000, slot);
    },
  };
}
