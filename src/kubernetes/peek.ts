/** An object's key, uid and version, read from the first octets of its JSON, so that a list of an unchanged cluster need not be parsed. */
import type { Told } from './format.ts';

/**
 * Reads a list's item or an ADDED event's line as an API server writes it: metadata first, its fields in Go's order. Returns undefined for any other
 * form, which has to be parsed.
 */
export function peek(octets: Uint8Array): Told | undefined {
  const begin = Buffer.from(octets.buffer, octets.byteOffset, Math.min(octets.byteLength, FAR)).toString('latin1');
  const groups = BEGIN.exec(begin)?.groups;
  if (groups === undefined) return undefined;
  const { name = '', namespace, uid = '', resourceVersion = '' } = groups;
  return { key: namespace === undefined ? name : `${namespace}/${name}`, uid, resourceVersion };
}

/** Room for two names of 253 octets, a namespace, a uid, and what is between them. */
const FAR = 1_024;

const BEGIN =
  /^\{(?:"type":"ADDED","object":\{)?(?:"kind":"\w+","apiVersion":"[\w./-]+",)?"metadata":\{"name":"(?<name>[\w.-]+)",(?:"generateName":"[\w.-]*",)?(?:"namespace":"(?<namespace>[\w-]+)",)?"uid":"(?<uid>[\w-]+)","resourceVersion":"(?<resourceVersion>\d+)"/;
