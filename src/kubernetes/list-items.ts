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

/** Octets of a key that are looked at: more than `items` has. */
const LONGEST_KEY = 8;

/** Tracks strings and nesting only; parsing the pieces finds out whether they are JSON. */
export function createItemSplitter(): JsonItemSplitter {
  let around: Uint8Array[] = [];
  /** The item that has begun, as far as it came in earlier chunks. */
  let begunItem: Uint8Array[] = [];
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** Within the array that is the top object's `items`. */
  let inItems = false;
  let complete = false;
  /** The last string at the top object's own level: a key, when a bracket follows. */
  let key = '';
  let keyOctets: number[] = [];
  /** Octets in `begunItem` or `around`. */
  let pending = 0;
  let begun = false;
  let chunk: Uint8Array = new Uint8Array();
  /** Where the part of the chunk begins that has yet to be put somewhere. */
  let start = 0;
  let items: Uint8Array[] = [];

  /** Rejects anything but an object, so that a proxy's page, which may come with status 200, shows in the log. */
  function begin(): void {
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.byteLength, 80)).toString('latin1').trimStart();
    if (text !== '' && !text.startsWith('{')) throw new Problem(`the answer is no list of an API server: ${text}`);
    begun = text !== '';
  }

  function stringGoesOn(octet: number): void {
    if (escaped) escaped = false;
    else if (octet === BACKSLASH) escaped = true;
    else if (octet === QUOTE) {
      inString = false;
      if (depth === 1) key = String.fromCharCode(...keyOctets);
      return;
    }
    if (depth === 1 && keyOctets.length < LONGEST_KEY) keyOctets.push(octet);
  }

  function stringBegins(): void {
    inString = true;
    if (depth === 1) keyOctets = [];
  }

  function opened(octet: number, at: number): void {
    // The commas between the items are dropped with them, so that the envelope stays JSON.
    if (inItems && depth === 2 && octet === OPEN_BRACE) start = at;
    depth++;
    if (depth === 2 && octet === OPEN_BRACKET && key === 'items') {
      inItems = true;
      around.push(chunk.slice(start, at + 1));
      start = at + 1;
    }
  }

  function closed(at: number): void {
    depth--;
    if (inItems && depth === 2) {
      const last = chunk.subarray(start, at + 1);
      items.push(begunItem.length === 0 ? last : Buffer.concat([...begunItem, last]));
      begunItem = [];
      pending = 0;
      start = at + 1;
    } else if (inItems && depth === 1) {
      inItems = false;
      start = at;
    } else if (depth === 0) complete = true;
  }

  /** Keeps the end of the chunk, unless it is between two items. */
  function keepRest(): void {
    if (inItems && depth <= 2) return;
    const rest = chunk.subarray(start);
    if (inItems) begunItem.push(rest);
    else if (rest.length > 0) around.push(rest.slice());
    pending += rest.length;
    if (pending > LONGEST) throw new Problem(`more than ${LONGEST} octets without an item: that is no list of an API server`);
  }

  return {
    push(next) {
      chunk = next;
      start = 0;
      items = [];
      if (!begun) begin();
      for (let at = 0; at < chunk.length; at++) {
        const octet = chunk[at]!;
        if (inString) stringGoesOn(octet);
        else if (octet === QUOTE) stringBegins();
        else if (octet === OPEN_BRACE || octet === OPEN_BRACKET) opened(octet, at);
        else if (octet === CLOSE_BRACE || octet === CLOSE_BRACKET) closed(at);
      }
      keepRest();
      return items;
    },
    envelope() {
      if (!complete) return undefined;
      const text = Buffer.concat(around).toString('utf8');
      around = [];
      return text;
    },
  };
}
