import { readLines } from './input/lines.ts';
import { readKeyUri } from './key-uri-item.ts';
import type { Recognition, Signs, Source, SourceItem } from './source.ts';

/** A list of key URIs, one a line: what nearly every authenticator app and script can write. */
export const otpauth: Source = {
  name: 'otpauth',
  title: { en: 'List of otpauth:// addresses', zh: 'otpauth:// 地址列表' },
  howToExport: {
    en: 'A text file with one otpauth:// address a line; lines that begin with # are comments. Ente Auth: Settings > Data > Export codes > Plain text. Authelia: `authelia storage user totp export uri > uris.txt`',
    zh: '每行一个 otpauth:// 地址的文本文件，以 # 开头的行为注释。Ente Auth：设置 > 数据 > 导出 > 纯文本。Authelia：`authelia storage user totp export uri > uris.txt`',
  },
  recognise,
  async *read(input) {
    let item = 0;
    for await (const batch of readLines(input)) {
      const items: SourceItem[] = [];
      for (const { text, number } of batch) {
        const uri = text.trim();
        if (uri !== '' && !isRemark(uri)) items.push(readKeyUri(uri, { place: { item: ++item, line: number } }));
      }
      if (items.length > 0) yield items;
    }
  },
};

function recognise({ text }: Signs): Recognition | undefined {
  const first = text?.split(/[\r\n]+/).find((line) => line.trim() !== '' && !isRemark(line.trim()));
  if (first === undefined || !/^\s*(otpauth:\/\/|(totp|hotp):\/\/.*\bsecret=|(steam|motp):\/\/\S)/i.test(first)) {
    return undefined;
  }
  return {
    certainty: 'sure',
    because: { en: 'its first line is an otpauth:// address', zh: '第一行是 otpauth:// 地址' },
  };
}

/** Comments, and what Authelia says at the end of its export. */
function isRemark(line: string): boolean {
  return line.startsWith('#') || /^successfully exported\b/i.test(line);
}
