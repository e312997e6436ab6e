import { readText } from '../input/text.ts';
import { parseWholeJson, readWholeText } from '../input/whole-file.ts';
import { readXmlItems, type XmlElement, type XmlFormat } from '../input/xml.ts';
import type { FieldNames } from '../registration.ts';
import type { Place, Recognition, Signs, Source, SourceInput, SourceItem } from '../source.ts';
import { isObject, type Json, listOf, notThisFormat, readAppAccount, refuseAccount } from './app-item.ts';

/**
 * Exports of FreeOTP+ (JSON) and the preferences file of FreeOTP for Android (XML with JSON in it). Secrets are lists of
 * signed bytes, and the counter is the last one used.
 */
export const freeotp: Source = {
  name: 'freeotp',
  title: { en: 'FreeOTP and FreeOTP+', zh: 'FreeOTP 和 FreeOTP+' },
  howToExport: {
    en: 'FreeOTP+: menu → Export → Export JSON. FreeOTP: `shared_prefs/tokens.xml` of a device backup.',
    zh: 'FreeOTP+：菜单 → 导出 → 导出 JSON。FreeOTP：设备备份中的 `shared_prefs/tokens.xml`。',
  },
  recognise,
  read,
};

const FIELDS: FieldNames = { secret: 'secret', algorithm: 'algo' };
/** Beside the tokens in the preferences: the order in which they are shown. */
const ORDER_NAME = 'tokenOrder';

const FORMAT: XmlFormat = {
  format: 'freeotp',
  isRoot: ({ name, namespace }) => name === 'map' && namespace === '',
  isWanted: ({ name }) => name === 'string',
};

function recognise({ json, xml, text = '' }: Signs): Recognition | undefined {
  if (json?.paths.has('tokenOrder') === true && json.paths.has('tokens')) {
    return {
      certainty: 'sure',
      because: { en: 'it has "tokens" and "tokenOrder"', zh: '包含“tokens”和“tokenOrder”' },
    };
  }
  if (xml?.name !== 'map' || !/name="tokenOrder"|&quot;secret&quot;:\[/.test(text)) return undefined;
  return {
    certainty: 'sure',
    because: { en: 'it is a file of Android preferences with tokens', zh: '包含令牌的 Android 偏好设置文件' },
  };
}

async function* read(input: SourceInput): AsyncGenerator<readonly SourceItem[], void, undefined> {
  if (await isXml(input)) {
    yield* readPreferences(input);
    return;
  }
  const backup = parseWholeJson(await readWholeText(input));
  if (!isObject(backup)) throw notThisFormat('freeotp');
  yield listOf(backup.tokens, 'freeotp').map((token, index) => readToken(token, { item: index + 1 }));
}

async function isXml(input: SourceInput): Promise<boolean> {
  for await (const text of readText(input)) {
    const beginning = text.trimStart();
    if (beginning !== '') return beginning.startsWith('<');
  }
  return false;
}

async function* readPreferences(input: SourceInput): AsyncGenerator<readonly SourceItem[], void, undefined> {
  let item = 0;
  for await (const elements of readXmlItems(input, FORMAT)) {
    yield elements.map((element) => readPreference(element, { item: ++item, line: element.line }));
  }
}

function readPreference(element: XmlElement, place: Place): SourceItem {
  if (element.attributes.get('name') === ORDER_NAME) return { kind: 'nothing', place };
  let token: unknown;
  try {
    token = parseWholeJson(element.text);
  } catch {
    return refuseAccount(place, {}, '', 'row_damaged');
  }
  return readToken(token, place);
}

function readToken(token: unknown, place: Place): SourceItem {
  if (!isObject(token)) return refuseAccount(place, {}, '', 'row_damaged');
  const { label, type, algo, digits, period } = token;
  return readAppAccount(
    {
      place,
      account: label,
      type,
      secret: secretOf(token),
      algorithm: algo,
      digits,
      periodSeconds: period,
      counter: nextCounter(token),
    },
    FIELDS,
  );
}

/** Bytes from -128 to 127. What is no such list is given as it is, and refused for its type. */
function secretOf({ secret }: Json): Uint8Array | { text: unknown; encoding: 'base32' } {
  const isBytes =
    Array.isArray(secret) && secret.every((byte) => Number.isInteger(byte) && byte >= -128 && byte <= 255);
  return isBytes
    ? Uint8Array.from(secret as number[])
    : { text: Array.isArray(secret) ? 0 : secret, encoding: 'base32' };
}

function nextCounter({ counter }: Json): unknown {
  return typeof counter === 'number' && Number.isSafeInteger(counter) ? counter + 1 : counter;
}
