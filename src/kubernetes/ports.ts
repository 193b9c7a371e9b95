/** Ports, which Services and EndpointSlices have alike. */
import type { Port } from '../cluster/model.ts';
import { sharedPorts } from '../cluster/shared-ports.ts';
import { eachOf, fieldsOf, labelOf, portNumberOf, protocolOf, textOf, type Fields, type LeaveOut } from './fields.ts';
import { integer, message, text, type Message } from './protobuf.ts';

/** Of ServicePort and EndpointPort. */
export const PORT: Message = message({ name: text(1), protocol: text(2), port: integer(3) });

/** Gives `leaveOut` the problem of each port that cannot be read; one that `isNone` is left out without a word. */
export function portsOf(
  ports: unknown,
  path: string,
  leaveOut: LeaveOut,
  isNone: (port: Fields) => boolean = () => false,
): readonly Port[] {
  const read: Port[] = [];
  eachOf(ports, path, leaveOut, (value) => {
    const port = fieldsOf(value, '');
    if (isNone(port)) return;
    read.push({
      name: textOf(port.name, 'name') === '' ? '' : labelOf(port.name, 'name'),
      protocol: protocolOf(port.protocol, 'protocol'),
      port: portNumberOf(port.port, 'port'),
    });
  });
  return sharedPorts(read);
}
