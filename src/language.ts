export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A text that users see: complete in both languages, or it does not compile. */
export interface LocalText {
  readonly en: string;
  readonly zh: string;
}

/** What may stand in a text for a `{name}`. */
export type TextParameters = Readonly<Record<string, string | number | LocalText>>;

/** Fills the `{name}` places of a text in one language. */
export function fillText(text: LocalText, language: Language, parameters: TextParameters = {}): string {
  return text[language].replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = parameters[name];
    if (value === undefined) return place;
    return typeof value === 'object' ? value[language] : String(value);
  });
}

/**
 * Picks the first language we have from a list like `zh-CN,en;q=0.8`, in order of quality (RFC 9110 §12.5.4).
 *
 * @returns `undefined` where the header is absent, empty, or names only languages we do not have
 */
export function preferredLanguage(header: string | undefined): Language | undefined {
  if (header === undefined) return undefined;
  const ranked = header
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((piece) => piece.trim());
      const quality = parameters.map((parameter) => /^q\s*=\s*([0-9.]+)$/i.exec(parameter)?.[1]).find(Boolean);
      return { tag: tag.toLowerCase(), quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((left, right) => right.quality - left.quality);
  for (const { tag } of ranked) {
    const language = LANGUAGES.find((candidate) => tag === candidate || tag.startsWith(`${candidate}-`));
    if (language !== undefined) return language;
  }
  return undefined;
}
