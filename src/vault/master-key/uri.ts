import type { AwsKmsLocation } from './aws-kms.ts';
import type { TransitLocation } from './hashicorp-vault.ts';

export type KeyUri =
  | ({ readonly kind: 'awskms' } & AwsKmsLocation)
  | ({ readonly kind: 'hashivault' } & Pick<TransitLocation, 'keyName' | 'mount'>);

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Reads where a master key is, in the form that Sigstore's tools use:
 * `awskms://[endpoint]/(key id | alias/name | ARN)[?region=…]` or `hashivault://key[?mount=…]`. An endpoint is spoken to
 * by TLS unless it is on this machine.
 *
 * @returns `undefined` where it is none of these
 */
export function parseKeyUri(text: string): KeyUri | undefined {
  const matched = /^(awskms|hashivault):\/\/([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(text);
  if (matched === null) return undefined;
  const [, kind, host = '', path = '', query = ''] = matched;
  const parameters = new URLSearchParams(query);
  if (kind === 'hashivault') {
    const mount = parameters.get('mount') ?? 'transit';
    if (path !== '' || !/^[\w-][\w.-]*$/.test(host) || !onlyHas(parameters, 'mount')) return undefined;
    return /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(mount) ? { kind, keyName: host, mount } : undefined;
  }
  if (!/^[\w:/-]+$/.test(path) || !/^([\w.-]+|\[[0-9a-f:]+\])?(:\d+)?$/i.test(host)) return undefined;
  if (!onlyHas(parameters, 'region')) return undefined;
  const region = parameters.get('region') ?? /^arn:[\w-]+:kms:([\w-]+):/.exec(path)?.[1];
  const endpoint = host === '' ? undefined : `${LOOPBACK.test(host) ? 'http' : 'https'}://${host}`;
  return { kind: 'awskms', keyId: path, region, endpoint };
}

function onlyHas(parameters: URLSearchParams, name: string): boolean {
  return [...parameters.keys()].every((key) => key === name);
}
