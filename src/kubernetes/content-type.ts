/** Which encodings an API server is asked for, and which one it chose: protobuf where it has it, else JSON. */
import type { Format } from './format.ts';
import { json } from './json-format.ts';
import { protobuf } from './protobuf-format.ts';

/**
 * Returns an Accept header. An API server has protobuf for all kinds of its own; `as`: names and versions only (PartialObjectMetadata), which servers
 * before 1.15 do not have.
 */
export function accepted(as: '' | 'PartialObjectMetadata' | 'PartialObjectMetadataList', withProtobuf: boolean): string {
  const types = withProtobuf ? [PROTOBUF, JSON_TYPE] : [JSON_TYPE];
  if (as === '') return types.join();
  const parameters = `as=${as};g=meta.k8s.io;v=v1`;
  return [...types.map((type) => `${type};${parameters}`), JSON_TYPE].join();
}

/** Returns the format of a response. Whatever is not protobuf is read as JSON, which shows a proxy's page for what it is. */
export function formatOf(contentType: string): Format {
  return contentType.split(';', 1)[0]!.trim().toLowerCase() === PROTOBUF ? protobuf : json;
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const JSON_TYPE = 'application/json';
