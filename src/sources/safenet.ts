import { readXmlItems, type XmlElement, type XmlFormat } from './input/xml.ts';
import { decodeHex, type FieldNames, toSourceItem } from './registration.ts';
import type { Place, Recognition, Signs, Source, SourceInput, SourceItem, SourceOptions } from './source.ts';

/**
 * Token files of SafeNet and Aladdin (eToken PASS and its kin): `<Tokens><Token serial><Applications><Application>` with `Seed`
 * in hex and `MovingFactor`. They are HOTP tokens; the hash is told by the length of the seed alone, 64 digits being
 * SHA-256, as LinOTP and privacyIDEA read them.
 */
export const safenet: Source = {
  name: 'safenet',
  title: { en: 'SafeNet / Aladdin token file (XML)', zh: 'SafeNet / Aladdin 令牌文件（XML）' },
  howToExport: {
    en: 'The XML file that the vendor sends with the tokens (SafeNet Authentication Manager: `alpine.xml`).',
    zh: '厂商随令牌提供的 XML 文件（SafeNet Authentication Manager：`alpine.xml`）。',
  },
  recognise,
  read,
};

const FIELDS: FieldNames = { secret: 'Seed', counter: 'MovingFactor' };
const SHA256_BYTES = 32;

const FORMAT: XmlFormat = {
  format: 'safenet',
  isRoot: ({ name, namespace }) => name === 'Tokens' && namespace === '',
  isWanted: ({ name }) => name === 'Token',
};

function recognise({ xml }: Signs): Recognition | undefined {
  if (xml?.name !== 'Tokens' || xml.namespace !== '') return undefined;
  return { certainty: 'sure', because: { en: 'the XML is a list of Tokens', zh: 'XML 的根元素是 Tokens' } };
}

async function* read(
  input: SourceInput,
  options: SourceOptions,
): AsyncGenerator<readonly SourceItem[], void, undefined> {
  let item = 0;
  for await (const tokens of readXmlItems(input, FORMAT)) {
    const items: SourceItem[] = [];
    for (const token of tokens) {
      const applications = childrenOf(token, 'Applications').flatMap((list) => childrenOf(list, 'Application'));
      if (applications.length === 0) items.push({ kind: 'nothing', place: { item: ++item, line: token.line } });
      for (const application of applications) {
        items.push(readApplication(token, application, { item: ++item, line: application.line }, options));
      }
    }
    yield items;
  }
}

function readApplication(
  token: XmlElement,
  application: XmlElement,
  place: Place,
  { assume }: SourceOptions,
): SourceItem {
  const serial = token.attributes.get('serial')?.trim() || undefined;
  const [seed, otherSeed] = childrenOf(application, 'Seed');
  const [factor, otherFactor] = childrenOf(application, 'MovingFactor');
  if (otherSeed !== undefined || otherFactor !== undefined) {
    return { kind: 'problem', problem: { place, user: {}, serial, field: '', reason: 'row_damaged' } };
  }
  const text = seed?.text.trim();
  const bytes = decodeHex(text ?? '');
  const registration = {
    place,
    user: {},
    serial,
    type: 'hotp',
    algorithm: bytes.length === SHA256_BYTES && typeof bytes !== 'string' ? 'SHA256' : 'SHA1',
    digits: assume?.digits,
    secret: { text, encoding: 'hex' as const },
    counter: factor?.text.trim(),
  };
  return toSourceItem(registration, FIELDS);
}

function childrenOf({ children }: XmlElement, name: string): readonly XmlElement[] {
  return children.filter((one) => one.name === name);
}
