import type { GeneratedFormat } from '../format.ts';
import type { Row } from '../rows.ts';
import { digitsOf, secretText, toBase64 } from '../secret-text.ts';

const NAMESPACE = 'urn:ietf:params:xml:ns:keyprov:pskc';

/** A key container with secrets in clear (RFC 6030 §4.1). The hash stands in `Suite` where it is not SHA1. */
export const pskc: GeneratedFormat = {
  name: 'pskc',
  title: { en: 'PSKC (RFC 6030), secrets in clear', zh: 'PSKC（RFC 6030），密钥为明文' },
  abilities: {
    hotp: true,
    parameters: true,
    recoveryCodes: false,
    faults: {
      bad_secret: 'not_base64',
      too_short: 'too_short',
      no_secret: 'no_secret',
      unsupported_algorithm: 'unsupported_algorithm',
      unknown_digits: 'digits_out_of_range',
      duplicate_user: 'duplicate_user',
    },
  },
  head: `<?xml version="1.0" encoding="UTF-8"?>\n<KeyContainer Version="1.0" xmlns="${NAMESPACE}">\n`,
  separator: '\n',
  tail: '\n</KeyContainer>\n',
  row(row) {
    const device = `<DeviceInfo><Manufacturer>Synthetic</Manufacturer><SerialNo>${row.serial}</SerialNo></DeviceInfo>`;
    const parameters = `<AlgorithmParameters>${suite(row)}<ResponseFormat Length="${digitsOf(row)}" Encoding="DECIMAL"/></AlgorithmParameters>`;
    const secret = secretText(row, toBase64);
    const data = `<Data>${secret === undefined ? '' : plain('Secret', secret)}${moving(row)}</Data>`;
    const key = `<Key Id="${row.serial}" Algorithm="${NAMESPACE}:${row.type}">${parameters}${data}<UserId>${escaped(row.userId)}</UserId></Key>`;
    return `<KeyPackage>${device}${key}</KeyPackage>`;
  },
};

function suite({ fault, algorithm }: Row): string {
  if (fault === 'unsupported_algorithm') return '<Suite>HMAC-MD5</Suite>';
  return algorithm === 'SHA1' ? '' : `<Suite>HMAC-${algorithm}</Suite>`;
}

function moving({ type, counter, periodSeconds }: Row): string {
  return type === 'hotp' ? plain('Counter', String(counter)) : plain('TimeInterval', String(periodSeconds));
}

function plain(element: string, value: string): string {
  return `<${element}><PlainValue>${value}</PlainValue></${element}>`;
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
