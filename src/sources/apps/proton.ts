import { objectOf, textOf } from '../json-object.ts';
import { readKeyUri } from '../key-uri-item.ts';
import { readRecordItems } from '../record-items.ts';
import type { Source } from '../source.ts';
import { userOf } from './app-item.ts';

const FIELD = 'content.uri';

/** The plain export of Proton Authenticator: key URIs in JSON. */
export const proton: Source = {
  name: 'proton-authenticator',
  title: { en: 'Proton Authenticator', zh: 'Proton Authenticator' },
  howToExport: {
    en: 'Proton Authenticator: Settings → Export, without a password.',
    zh: 'Proton Authenticator：设置 → 导出，不设密码。',
  },
  recognise: ({ json }) =>
    json?.paths.has('entries.*.content.uri') === true
      ? {
          certainty: 'sure',
          because: { en: 'its entries have "content.uri"', zh: '各条目包含“content.uri”' },
        }
      : undefined,
  read: (input) =>
    readRecordItems(input, {
      format: 'proton-authenticator',
      paths: ['entries.*'],
      toItems: (entry, nextPlace) => {
        const { uri, name } = objectOf(entry.content);
        const place = nextPlace();
        const text = textOf(uri)?.trim();
        if (text !== undefined) return [readKeyUri(text, { place }, FIELD)];
        return [{ kind: 'problem', problem: { place, user: userOf(name), field: FIELD, reason: 'no_secret' } }];
      },
    }),
};
