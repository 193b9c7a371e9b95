import { expect, test } from 'vitest';
import type { Port } from './model.ts';
import { sharedPorts } from './shared-ports.ts';

const http: Port = { name: 'http', protocol: 'tcp', port: 80 };

test('equal lists are one, frozen, and others are not', () => {
  const list = sharedPorts([{ ...http }]);
  expect(list).toEqual([http]);
  expect(Object.isFrozen(list)).toBe(true);
  expect(Object.isFrozen(list[0])).toBe(true);
  expect(sharedPorts([{ ...http }])).toBe(list);
  expect(sharedPorts([])).toBe(sharedPorts([]));
  const others: Port[][] = [[{ ...http, name: 'web' }], [{ ...http, protocol: 'udp' }], [{ ...http, port: 81 }], [http, http], []];
  for (const other of others) {
    expect(sharedPorts(other)).toEqual(other);
    expect(sharedPorts(other)).not.toBe(list);
  }
});

test('lists that only look alike stay apart', () => {
  const two: Port[] = [http, { name: '', protocol: 'tcp', port: 80 }];
  const odd: Port[] = [{ name: 'http tcp 80,', protocol: 'tcp', port: 80 }];
  expect(sharedPorts(two)).toEqual(two);
  expect(sharedPorts(odd)).toEqual(odd);
});

test('ports that change without end', () => {
  for (let port = 1; port <= 0xffff; port++) expect(sharedPorts([{ ...http, port }])[0]!.port).toBe(port);
});
