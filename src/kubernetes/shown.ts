/** How octets that are not what they should be are shown in a message: a proxy's page as text, anything else as hexadecimal digits. */
export function shown(octets: Uint8Array): string {
  const text = Buffer.from(octets.buffer, octets.byteOffset, Math.min(octets.byteLength, SHOWN)).toString('latin1');
  return PRINTABLE.test(text) ? text : `${Buffer.from(text.slice(0, SHOWN / 2), 'latin1').toString('hex')} (hexadecimal)`;
}

const SHOWN = 80;
const PRINTABLE = /^[\t\r\n -~]+$/;
