/** For a process that a test starts: resolves with the next message from the test. */
export function told(): Promise<unknown> {
  return new Promise((resolve) => process.once('message', resolve));
}
