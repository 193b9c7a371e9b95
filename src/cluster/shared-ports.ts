/** Lists of ports, of which a cluster has few different ones: equal lists are made one value, which takes memory once and is posted once an update. */
import type { Port } from './model.ts';
import { samePorts } from './same-service.ts';

/** Returns a frozen list that is equal to `ports`, and for equal lists nearly always the same one. */
export function sharedPorts(ports: readonly Port[]): readonly Port[] {
  if (ports.length === 0) return NONE;
  let text = '';
  for (const { name, protocol, port } of ports) text += `${name} ${protocol} ${port},`;
  const known = lists.get(text);
  // A name that is not a label may contain spaces and commas, so the text alone is not proof.
  if (known !== undefined && samePorts(known, ports)) return known;
  if (lists.size >= MOST) lists.clear();
  const list = Object.freeze(ports.map((port) => Object.freeze(port)));
  lists.set(text, list);
  return list;
}

const NONE: readonly Port[] = Object.freeze([]);
const lists = new Map<string, readonly Port[]>();
/** Forgotten beyond this many, so that a cluster whose ports change without end fills no memory. */
const MOST = 1000;
