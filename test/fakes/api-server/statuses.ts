/** Status bodies as recorded from a kube-apiserver 1.36. */

export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Failure';
  readonly message: string;
  readonly reason?: string;
  readonly details?: unknown;
  readonly code: number;
}

function status(code: number, reason: string, message: string, details?: unknown, token?: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: token === undefined ? {} : { continue: token },
    status: 'Failure',
    message,
    reason,
    ...(details !== undefined && { details }),
    code,
  };
}

export const unauthorized: Status = status(401, 'Unauthorized', 'Unauthorized');

export function forbidden(user: string, verb: string, resource: string, group: string, namespace: string): Status {
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const details = group === '' ? { kind: resource } : { group, kind: resource };
  const full = group === '' ? resource : `${resource}.${group}`;
  return status(
    403,
    'Forbidden',
    `${full} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
    details,
  );
}

export const expiredList: Status = status(410, 'Expired', 'The resourceVersion for the provided list is too old.');

export function expiredContinue(token: string): Status {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the ' +
    'continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects ' +
    'that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  return status(410, 'Expired', message, undefined, token);
}

export function expiredWatch(version: string, oldest: number): Status {
  return status(410, 'Expired', `too old resource version: ${version} (${oldest})`);
}

export function tooLarge(version: string, current: number): Status {
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  return status(504, 'Timeout', `Timeout: Too large resource version: ${version}, current: ${current}`, { causes, retryAfterSeconds: 1 });
}

export const tooManyRequests: Status = status(429, 'TooManyRequests', 'Too many requests, please try again later.', {
  retryAfterSeconds: 1,
});

export function serverError(code: number): Status {
  const reason = code === 503 ? 'ServiceUnavailable' : code === 504 ? 'Timeout' : 'InternalError';
  return status(code, reason, `the server answers ${code} for now`);
}

/** How a server without streaming lists (KEP-3157) answers `sendInitialEvents`. */
export const noStreamingList: Status = status(
  422,
  'Invalid',
  'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
);
