/** Why a name has the answer it has: the shape of `/debug/explain` and of `kubezone explain --json`, and the same as text. */
import type { ZoneState } from '../zone/zone.ts';
import type { Key } from './model.ts';
import type { PublishedService } from './update.ts';

export interface Explanation {
  /** With the last dot. */
  readonly name: string;
  readonly type: string;
  /** What is known of the cluster; but for `live` the objects below may be missing. */
  readonly state: ZoneState;
  /** What our zones say. `outside`: it is not ours to say, and for the stages behind the authority. */
  readonly outcome: 'answer' | 'nodata' | 'nxdomain' | 'notReady' | 'outside';
  /** Master-file lines of the answer, as far as it comes from our zones. */
  readonly records: readonly string[];
  /** A sentence each, the most telling first. */
  readonly reasons: readonly string[];
  /** Names that CNAMEs lead through, the question's own not among them. */
  readonly chain: readonly string[];
  /** Names that exist and are spelt nearly so. */
  readonly nearMisses: readonly string[];
  /** Services the answer hangs on. */
  readonly services: readonly ServiceExplanation[];
}

export interface ServiceExplanation {
  /** `namespace/name`. */
  readonly key: Key;
  /** Undefined: there is no such Service, only EndpointSlices. */
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
  /** Its label below the Service, if it is published. */
  readonly label: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

/** Ready addresses and all addresses, each counted once. */
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

/** Endpoints shown of a slice; those that are not ready come first. */
const SHOWN = 10;

/** For a person; lines without a line break at their end. */
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
