/** What a reflector follows, and how messages say it. */

export interface Reflected {
  /** `services`, `endpointslices`, `namespaces`, `pods`. */
  readonly name: string;
  /** '' when all namespaces are watched at once. */
  readonly namespace: string;
}

/** `services`, or `services in shop`. In log messages the namespace has to stand, since equal ones count as repeats. */
export function reflectedText({ name, namespace }: Reflected): string {
  return name + (namespace && ` in ${namespace}`);
}
