import { expect, test } from 'vitest';
import { fakeTelemetry, nonZero } from '../../test/fakes/telemetry.ts';
import { requestObserver } from './request-metrics.ts';

test('requests to the API server, by status and time, under both names', async () => {
  const { counters, slots, metrics } = fakeTelemetry();
  const observer = requestObserver(counters, slots);
  observer.requested('10.96.0.1:443', 200, 4);
  observer.requested('10.96.0.1:443', 200, 20);
  observer.requested('10.96.0.1:443', 418, 300);
  observer.requested('10.96.0.1:443', undefined, 60_000);
  const lines = (await nonZero(metrics)).filter((line) => !line.includes('_bucket{'));
  expect(lines.toSorted()).toEqual(
    [
      'coredns_kubernetes_rest_client_requests_total{code="200",method="GET",host="10.96.0.1:443"} 2',
      'coredns_kubernetes_rest_client_requests_total{code="<error>",method="GET",host="10.96.0.1:443"} 1',
      'coredns_kubernetes_rest_client_requests_total{code="other",method="GET",host="10.96.0.1:443"} 1',
      'coredns_kubernetes_rest_client_request_duration_seconds_count{verb="GET",host="10.96.0.1:443"} 4',
      'coredns_kubernetes_rest_client_request_duration_seconds_sum{verb="GET",host="10.96.0.1:443"} 60.324',
      'kubezone_reflector_requests_total{status="200"} 2',
      'kubezone_reflector_requests_total{status="<error>"} 1',
      'kubezone_reflector_requests_total{status="other"} 1',
      'kubezone_reflector_request_duration_seconds_count 4',
      'kubezone_reflector_request_duration_seconds_sum 60.324',
    ].toSorted(),
  );
});
