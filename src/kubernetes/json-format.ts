/** Objects as JSON: what proxies, manifests' tools and other servers than a kube-apiserver send. */
import { Problem, type Fields } from './fields.ts';
import { isEventType, type Format, type WatchEvent } from './format.ts';
import { createLineSplitter } from './json-lines.ts';
import { createItemSplitter } from './list-items.ts';
import { peek } from './peek.ts';

export const json: Format = {
  items() {
    const { push, envelope } = createItemSplitter();
    return {
      push,
      metadata() {
        const text = envelope();
        if (text === undefined) return undefined;
        const { metadata } = parsed(text);
        if (typeof metadata !== 'object' || metadata === null) throw new Problem(`the answer is no list: ${text.slice(0, 80)}`);
        return metadata as Fields;
      },
    };
  },
  events: createLineSplitter,
  object: (octets) => parsed(textOf(octets)),
  event(octets) {
    try {
      const event = JSON.parse(textOf(octets)) as WatchEvent | null;
      return event !== null && isEventType(event.type) && event.object instanceof Object ? event : undefined;
    } catch {
      return undefined;
    }
  },
  peekItem: peek,
  peekEvent: peek,
  status(octets) {
    const text = textOf(octets);
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null) return value as Fields;
    } catch {
      // A proxy's page, or a text such as "404 page not found".
    }
    return { message: text.trim().slice(0, LONGEST_MESSAGE) };
  },
};

/** Of a page that a proxy sends in place of a Status, so much is enough for a log line. */
const LONGEST_MESSAGE = 200;

function parsed(text: string): Fields {
  try {
    return JSON.parse(text) as Fields;
  } catch (error) {
    throw new Problem(`not JSON: ${(error as Error).message}`);
  }
}

function textOf(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('utf8');
}
