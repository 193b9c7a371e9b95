/** Labels that several of CoreDNS's metrics have. */
import type { LabelText } from './metric.ts';

/** Where cells are not counted by proto. */
export const mainServer: LabelText = { text: (_, { servers }) => servers.udp ?? 'dns://:53' };
export const view: LabelText = { text: () => '' };
