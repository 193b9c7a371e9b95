/** The explanation of an answer: the JSON of `/debug/explain` and `kubezone explain --json`, and its form as text. */
import type { ZoneState } from '../zone/zone.ts';
import type { Key } from './model.ts';
import type { PublishedService } from './update.ts';

export interface Explanation {
  /** With the trailing dot. */
  readonly name: string;
  readonly type: string;
  /** What is known of the cluster; unless it is `live`, the objects below may be missing. */
  readonly state: ZoneState;
  /** What our zones answer. `outside`: the name is not ours to answer and is left to the stages after the authority. */
  readonly outcome: 'answer' | 'nodata' | 'nxdomain' | 'notReady' | 'outside';
  /** The records of the answer that come from our zones, in presentation format. */
  readonly records: readonly string[];
  /** One sentence each, the most important first. */
  readonly reasons: readonly string[];
  /** Names that CNAMEs lead to, without the name asked for. */
  readonly chain: readonly string[];
  /** Existing names that may have been meant. */
  readonly nearMisses: readonly string[];
  /** Services that the answer depends on. */
  readonly services: readonly ServiceExplanation[];
}

export interface ServiceExplanation {
  /** `namespace/name`. */
  readonly key: Key;
  /** Undefined when there is no Service, only EndpointSlices. */
  readonly kind: Exclude<PublishedService['kind'], 'unnamed'> | undefined;
  readonly clusterIPs: readonly string[];
  readonly externalName: string;
  /** `http 80/tcp`. */
  readonly ports: readonly string[];
  readonly publishNotReadyAddresses: boolean;
  readonly slices: readonly SliceExplanation[];
}

export interface SliceExplanation {
  readonly name: string;
  readonly ports: readonly string[];
  readonly endpoints: readonly EndpointExplanation[];
}

export interface EndpointExplanation {
  readonly address: string;
  /** Its label below the Service, when it is published. */
  readonly label: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

/** Counts the ready addresses and all addresses, each once. */
export function readiness({ slices }: ServiceExplanation): { ready: number; all: number } {
  const endpoints = slices.flatMap((slice) => slice.endpoints);
  const count = (some: readonly EndpointExplanation[]): number => new Set(some.map(({ address }) => address)).size;
  return { ready: count(endpoints.filter(({ ready }) => ready)), all: count(endpoints) };
}

const OUTCOMES: Readonly<Record<Explanation['outcome'], string>> = {
  answer: 'answered',
  nodata: 'the name exists, but has no such record (NODATA)',
  nxdomain: 'there is no such name (NXDOMAIN)',
  notReady: 'not known yet (SERVFAIL)',
  outside: 'not of our zones',
};

/** Endpoints shown per slice, those that are not ready first. */
const SHOWN = 10;

/** Returns the explanation for people, as lines without line breaks. */
export function explanationText(explanation: Explanation): string[] {
  const { name, type, outcome, records, reasons, chain, nearMisses, services } = explanation;
  return [
    `${name} ${type}: ${OUTCOMES[outcome]}`,
    ...records.map((record) => `  ${record}`),
    ...reasons.map((reason) => `  - ${reason}`),
    ...(chain.length > 0 ? [`  leads to ${chain.join(' → ')}`] : []),
    ...(nearMisses.length > 0 ? [`  did you mean ${nearMisses.join(' or ')}?`] : []),
    ...services.flatMap(serviceText),
  ];
}

function serviceText(service: ServiceExplanation): string[] {
  const { key, kind, clusterIPs, externalName, ports, publishNotReadyAddresses, slices } = service;
  const { ready, all } = readiness(service);
  const facts = [
    kind ?? 'does not exist',
    clusterIPs.join(', '),
    externalName && `→ ${externalName}`,
    ports.length > 0 ? `ports ${ports.join(', ')}` : '',
    publishNotReadyAddresses ? 'publishes not-ready addresses' : '',
    kind === 'externalName' ? '' : `${ready} of ${all} endpoints ready`,
  ];
  return [`Service ${key}: ${facts.filter((fact) => fact !== '').join('; ')}`, ...slices.flatMap(sliceText)];
}

function sliceText({ name, ports, endpoints }: SliceExplanation): string[] {
  const sorted = endpoints.toSorted((a, b) => Number(a.ready) - Number(b.ready));
  const lines = sorted.slice(0, SHOWN).map(({ address, label, ready, serving, terminating }) => {
    const conditions = [ready ? 'ready' : 'not ready', serving && !ready ? 'serving' : '', terminating ? 'terminating' : ''];
    return `    ${address} ${label} ${conditions.filter((one) => one !== '').join(', ')}`;
  });
  const more = endpoints.length > SHOWN ? [`    and ${endpoints.length - SHOWN} more`] : [];
  return [`  EndpointSlice ${name}: ${ports.length > 0 ? `ports ${ports.join(', ')}` : 'no ports'}`, ...lines, ...more];
}
