/** Ports as SRV records have them (Kubernetes DNS specification 1.1.0 sections 2.3.2 and 2.4.2). */
import { isPortName } from './labels.ts';
import type { EndpointSlice, Port } from './model.ts';
import { samePort } from './same-service.ts';
import { sharedPorts } from './shared-ports.ts';

/** Receives a sentence about the object for each part that is left out. */
export type Complain = (problem: string) => void;

/**
 * Sorts the ports and removes duplicates and invalid numbers. A name that cannot be a label is dropped, but its port kept. `slice`: whose ports they are,
 * if not a Service's.
 */
export function cleanPorts(ports: readonly Port[], complain: Complain, slice?: EndpointSlice): readonly Port[] {
  const clean: Port[] = [];
  for (const { name: given, protocol: spelling, port } of ports) {
    const protocol = spelling.toLowerCase();
    const lower = given.toLowerCase();
    const name = isPortName(lower) && isPortName(protocol) ? lower : '';
    const where = slice === undefined ? 'port' : `EndpointSlice ${slice.key}: port`;
    if (given !== '' && name === '')
      complain(`${where} name "${given}" can be no SRV label (letters, digits and inner hyphens, at most 62); it has no SRV name`);
    if (Number.isInteger(port) && port > 0 && port <= 0xffff) clean.push({ name, protocol, port });
    else complain(`${where} number ${port} is not from 1 to 65535; it has no SRV record`);
  }
  return sharedPorts(clean.length < 2 ? clean : clean.sort(inOrder).filter((port, i) => i === 0 || !samePort(port, clean[i - 1]!)));
}

function inOrder(a: Port, b: Port): number {
  const [first, second] = [textOf(a), textOf(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}

function textOf({ name, protocol, port }: Port): string {
  return `${name} ${protocol} ${port}`;
}
