/** Splits a LIST's body as its octets arrive, into each item and the envelope around them, without ever holding the whole text. */
import { Problem } from './fields.ts';
import { LONGEST } from './format.ts';

export interface JsonItemSplitter {
  /** Returns the JSON of each item these octets complete, undecoded. Throws a Problem if they are not a JSON object, or after 8 MiB without an item. */
  readonly push: (chunk: Uint8Array) => Uint8Array[];
  /** The list with `items` empty; undefined while the body is not complete. */
  readonly envelope: () => string | undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Tracks strings and nesting only; parsing the pieces finds out whether they are JSON. */
export function createItemSplitter(): JsonItemSplitter {
  let around: Uint8Array[] = [];
  let item: Uint8Array[] = [];
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** Within the array that is the top object's `items`. */
  let inItems = false;
  let complete = false;
  /** The last string at the top object's own level: a key, when a bracket follows. */
  let key = '';
  let keyOctets: number[] = [];
  /** Octets in `item` or `around`. */
  let pending = 0;
  let begun = false;

  /** Rejects anything but an object, so that a proxy's page, which may come with status 200, shows in the log. */
  function begin(chunk: Uint8Array): void {
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.byteLength, 80)).toString('latin1').trimStart();
    if (text !== '' && !text.startsWith('{')) throw new Problem(`the answer is no list of an API server: ${text}`);
    begun = text !== '';
  }

  function push(chunk: Uint8Array): Uint8Array[] {
    if (!begun) begin(chunk);
    const items: Uint8Array[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const octet = chunk[at]!;
      if (inString) {
        if (escaped) escaped = false;
        else if (octet === BACKSLASH) escaped = true;
        else if (octet === QUOTE) {
          inString = false;
          if (depth === 1) key = String.fromCharCode(...keyOctets.slice(0, 8));
          continue;
        }
        if (depth === 1 && keyOctets.length < 8) keyOctets.push(octet);
      } else if (octet === QUOTE) {
        inString = true;
        if (depth === 1) keyOctets = [];
      } else if (octet === OPEN_BRACE || octet === OPEN_BRACKET) {
        if (inItems && depth === 2 && octet === OPEN_BRACE) {
          // The commas between the items are dropped with them, so that the envelope stays JSON.
          start = at;
        }
        depth++;
        if (depth === 2 && octet === OPEN_BRACKET && key === 'items') {
          inItems = true;
          around.push(chunk.slice(start, at + 1));
          start = at + 1;
        }
      } else if (octet === CLOSE_BRACE || octet === CLOSE_BRACKET) {
        depth--;
        if (inItems && depth === 2) {
          const last = chunk.subarray(start, at + 1);
          items.push(item.length === 0 ? last : Buffer.concat([...item, last]));
          item = [];
          pending = 0;
          start = at + 1;
        } else if (inItems && depth === 1) {
          inItems = false;
          start = at;
        } else if (depth === 0) complete = true;
      }
    }
    if (inItems && depth > 2) item.push(start === 0 ? chunk : chunk.subarray(start));
    else if (!inItems && start < chunk.length) around.push(chunk.slice(start));
    if (!inItems || depth > 2) pending += chunk.length - start;
    if (pending > LONGEST) throw new Problem(`more than ${LONGEST} octets without an item: that is no list of an API server`);
    return items;
  }

  return {
    push,
    envelope() {
      if (!complete) return undefined;
      const text = Buffer.concat(around).toString('utf8');
      around = [];
      return text;
    },
  };
}
