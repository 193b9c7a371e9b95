import { expect, test } from 'vitest';
import { explanationText, type Explanation } from './explanation.ts';

test('of a slice ten endpoints are told, those not ready first, and how many more there are', () => {
  const endpoints = Array.from({ length: 12 }, (_, i) => ({
    address: `10.0.0.${i}`,
    label: `db-${i}`,
    ready: i !== 11,
    serving: true,
    terminating: i === 11,
  }));
  const explanation: Explanation = {
    name: 'db.shop.svc.cluster.local.',
    type: 'A',
    state: 'live',
    outcome: 'answer',
    records: [],
    reasons: [],
    chain: [],
    nearMisses: [],
    services: [
      {
        key: 'shop/db',
        kind: 'headless',
        clusterIPs: [],
        externalName: '',
        ports: [],
        publishNotReadyAddresses: true,
        slices: [{ name: 'db-1', ports: [], endpoints }],
      },
    ],
  };
  const [, service, slice, ...lines] = explanationText(explanation);
  expect(service).toBe('Service shop/db: headless; publishes not-ready addresses; 11 of 12 endpoints ready');
  expect(slice).toBe('  EndpointSlice db-1: no ports');
  expect([lines.length, lines[0], lines[1], lines.at(-1)]).toEqual([
    11,
    '    10.0.0.11 db-11 not ready, serving, terminating',
    '    10.0.0.0 db-0 ready',
    '    and 2 more',
  ]);
});
