/** IP addresses as regular expressions, for JSON schema, which has no functions: they check the form of an address, not its validity. */

const octet = '(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])';

export const ipv4Pattern: string = `${octet}(\\.${octet}){3}`;
export const ipv6Pattern = '[0-9A-Fa-f]*:[0-9A-Fa-f:.]+';
