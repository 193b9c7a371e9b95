/** How octets that are not what they should be are shown in a message: a proxy's page as text, anything else as hexadecimal digits. */
export function shown(octets: Uint8Array): string {
  const beginning = Buffer.from(octets.buffer, octets.byteOffset, Math.min(octets.byteLength, SHOWN));
  const text = beginning.toString('utf8').replace(CUT_CHARACTER, '');
  return PRINTABLE.test(text) ? text : `${beginning.toString('hex', 0, SHOWN / 2)} (hexadecimal)`;
}

const SHOWN = 80;
const CUT_CHARACTER = /\uFFFD$/;
const PRINTABLE = /^(?:[\t\r\n]|[^\p{Cc}\uFFFD])+$/u;
