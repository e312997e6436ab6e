import { FactorportError } from '../../errors/error.ts';
import { readXmlItems, type XmlElement, type XmlFormat } from '../input/xml.ts';
import type { Recognition, Signs, Source, SourceInput, SourceItem, SourceOptions } from '../source.ts';
import { type Container, createContainer } from './container.ts';
import { child, childrenOf, FOREIGN_DRAFT_NAMESPACE, nameOf, PSKC_NAMESPACES } from './elements.ts';
import { readKey } from './key.ts';

/**
 * Portable Symmetric Key Container (RFC 6030), the XML that token vendors send: in clear, under a pre-shared key, or under
 * a password. Files of the drafts draft-ietf-keyprov-pskc have `Device` for `KeyPackage` and are read, too.
 *
 * A signature is not checked: whose it would have to be is not known, and what may be imported is for the operator, who
 * has the file, to say. The MACs of encrypted values are checked wherever the file says that there are some.
 */
export const pskc: Source = {
  name: 'pskc',
  title: { en: 'PSKC (RFC 6030)', zh: 'PSKC（RFC 6030）' },
  howToExport: {
    en: 'The seed file of the vendor (Feitian, Thales, HID, Yubico …); of privacyIDEA: `pi-manage token export pskc`; of Factorport: `factorport export`.',
    zh: '厂商（飞天、Thales、HID、Yubico 等）提供的种子文件；privacyIDEA：`pi-manage token export pskc`；Factorport：`factorport export`。',
  },
  secret: {
    en: 'The password of the file, or its pre-shared key in hexadecimal',
    zh: '文件密码，或十六进制预共享密钥',
  },
  recognise,
  read,
};

const FORMAT: XmlFormat = {
  format: 'pskc',
  isRoot(root) {
    if (root.name !== 'KeyContainer') return false;
    if (FOREIGN_DRAFT_NAMESPACE.test(root.namespace)) throw oldDraft();
    if (!PSKC_NAMESPACES.has(root.namespace)) return false;
    // RFC 6030 §1.2: "If the major number differs … the recipient MUST reject".
    if (!/^1(\.|$)/.test(root.attributes.get('Version')?.trim() ?? '1')) throw otherVersion();
    return true;
  },
  isWanted: (element) => WANTED.has(nameOf(element) ?? ''),
};

const WANTED = new Set(['EncryptionKey', 'MACMethod', 'KeyPackage', 'Device']);

function recognise({ xml }: Signs): Recognition | undefined {
  if (xml?.name !== 'KeyContainer') return undefined;
  if (!PSKC_NAMESPACES.has(xml.namespace) && !FOREIGN_DRAFT_NAMESPACE.test(xml.namespace)) return undefined;
  return {
    certainty: 'sure',
    because: { en: 'the XML is a KeyContainer of PSKC', zh: 'XML 的根元素是 PSKC 的 KeyContainer' },
  };
}

async function* read(
  input: SourceInput,
  options: SourceOptions,
): AsyncGenerator<readonly SourceItem[], void, undefined> {
  const container = createContainer(options.secret);
  let item = 0;
  for await (const elements of readXmlItems(input, FORMAT)) {
    for (const element of elements) {
      const name = nameOf(element);
      if (name === 'EncryptionKey' || name === 'MACMethod') {
        container.take(element, item > 0);
        continue;
      }
      const keys = childrenOf(element, 'Key');
      if (keys.length === 0) yield [{ kind: 'nothing', place: { item: ++item, line: element.line } }];
      for (const key of keys) yield [await readOne(key, element, container, ++item, options)];
    }
  }
}

function readOne(
  key: XmlElement,
  parent: XmlElement,
  container: Container,
  item: number,
  options: SourceOptions,
): Promise<SourceItem> {
  const device = child(parent, 'DeviceInfo');
  return readKey(key, { place: { item, line: key.line }, device, container, options });
}

function oldDraft(): FactorportError {
  return new FactorportError('source_unsupported', {
    parameters: {
      product: {
        en: 'a vendor who writes a draft of PSKC from before 2008',
        zh: '使用 2008 年以前 PSKC 草案的厂商',
      },
      advice: { en: 'Ask the vendor for a file by RFC 6030.', zh: '请向厂商索取符合 RFC 6030 的文件。' },
    },
  });
}

function otherVersion(): FactorportError {
  return new FactorportError('source_unsupported', {
    parameters: {
      product: { en: 'a vendor who writes PSKC of another version than 1', zh: '使用非 1.x 版本 PSKC 的厂商' },
      advice: { en: 'Ask the vendor for a file by RFC 6030.', zh: '请向厂商索取符合 RFC 6030 的文件。' },
    },
  });
}
