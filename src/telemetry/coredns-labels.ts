/** Labels shared by several of CoreDNS's metrics. */
import type { LabelText } from './metric.ts';

/** For cells that are not counted by proto. */
export const mainServer: LabelText = { text: (_, { servers }) => servers.udp ?? 'dns://:53' };
export const view: LabelText = { text: () => '' };
