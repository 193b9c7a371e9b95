/** IP addresses as regular expressions, for JSON schema, which knows no function: the form of an address, not whether it is one. */

const octet = '(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])';

export const ipv4Pattern: string = `${octet}(\\.${octet}){3}`;
export const ipv6Pattern = '[0-9A-Fa-f]*:[0-9A-Fa-f:.]+';
