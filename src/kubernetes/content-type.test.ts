import { expect, test } from 'vitest';
import { accepted, formatOf } from './content-type.ts';
import { json } from './json-format.ts';
import { protobuf } from './protobuf-format.ts';

test('protobuf is asked for first, and full JSON last', () => {
  expect(accepted('', true)).toBe('application/vnd.kubernetes.protobuf,application/json');
  expect(accepted('PartialObjectMetadata', true)).toBe(
    'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
  );
  expect(accepted('', false)).toBe('application/json');
  expect(accepted('PartialObjectMetadataList', false)).toBe(
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
  );
});

test.each([
  ['application/vnd.kubernetes.protobuf', protobuf],
  ['application/vnd.kubernetes.protobuf;stream=watch', protobuf],
  ['Application/Vnd.Kubernetes.Protobuf ; charset=binary', protobuf],
  ['application/vnd.kubernetes.protobufs', json],
  ['application/json', json],
  ['text/html; charset=utf-8', json],
  ['', json],
])('%s', (contentType, format) => expect(formatOf(contentType)).toBe(format));
