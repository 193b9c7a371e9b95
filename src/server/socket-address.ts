/** Addresses as the kernel's socket calls take them: `sockaddr_in` and `sockaddr_in6` of Linux. */

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCKADDR_IN_SIZE = 16;
export const SOCKADDR_IN6_SIZE = 28;
/** The offsets of the address octets. */
export const IN_ADDRESS = [4, 8] as const;
export const IN6_ADDRESS = [8, 24] as const;

/** `address`: 4 or 16 octets. */
export function socketAddress(address: Uint8Array, port: number): Uint8Array {
  const v6 = address.length === 16;
  const name = new Uint8Array(v6 ? SOCKADDR_IN6_SIZE : SOCKADDR_IN_SIZE);
  name[0] = v6 ? AF_INET6 : AF_INET;
  name[2] = port >> 8;
  name[3] = port;
  name.set(address, v6 ? IN6_ADDRESS[0] : IN_ADDRESS[0]);
  return name;
}
