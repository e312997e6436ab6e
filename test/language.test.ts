import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillText, preferredLanguage } from '../src/language.ts';

const known = fc.constantFrom('zh', 'en', 'zh-CN', 'en-US', 'ZH-Hant-TW', 'EN');
const unknown = fc.constantFrom('de', 'fr-FR', 'ja', '*', 'zhx', 'english', 'x');
const qualities = fc.integer({ min: 1, max: 1000 });
const languageOf = (tag: string) => (tag.toLowerCase().startsWith('zh') ? 'zh' : 'en');

describe('preferredLanguage', () => {
  it('counts an absent and an empty header as none', () => {
    for (const header of [undefined, '', ' ', ',', ';', ',,;q=1']) expect(preferredLanguage(header)).toBeUndefined();
  });

  it('takes the language with the highest quality, and the first of equals', () => {
    const parts = fc.array(fc.tuple(fc.oneof(known, unknown), qualities), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, (tags) => {
        const header = tags.map(([tag, quality]) => `${tag};q=${(quality / 1000).toFixed(3)}`).join(', ');
        const usable = tags.filter(([tag]) => /^(zh|en)(-|$)/i.test(tag));
        const best = usable.reduce<(typeof usable)[number] | undefined>(
          (winner, part) => (winner === undefined || part[1] > winner[1] ? part : winner),
          undefined,
        );
        expect(preferredLanguage(header)).toBe(best === undefined ? undefined : languageOf(best[0]));
      }),
    );
  });

  it('takes a language without a quality for the most wanted', () => {
    expect(preferredLanguage('en;q=0.9,zh-CN')).toBe('zh');
    expect(preferredLanguage('zh-CN,zh;q=0.9,en;q=0.8')).toBe('zh');
  });

  it('leaves out a language with quality 0', () => {
    expect(preferredLanguage('zh;q=0,en;q=0.1')).toBe('en');
    expect(preferredLanguage('zh;q=0')).toBeUndefined();
  });

  it('allows the white space that RFC 9110 section 12.4.2 allows around a quality', () => {
    expect(preferredLanguage('en ;q=0.9, zh; q=0.5')).toBe('en');
    expect(preferredLanguage('zh ; q=0.1 , en\t;\tq=0.2')).toBe('en');
  });

  it('reads the name of the quality in any case', () => {
    expect(preferredLanguage('zh;Q=0.1,en;q=0.5')).toBe('en');
  });

  it('never throws, and gives only languages that exist', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'zhen-CN,;q=0.1 ') })), (header) => {
        expect([undefined, 'zh', 'en']).toContain(preferredLanguage(header));
      }),
    );
  });
});

describe('fillText', () => {
  const text = { en: 'Wait {seconds} s: {what}.', zh: '等待 {seconds} 秒：{what}。' };

  it('fills every place, in the language asked for', () => {
    const parameters = { seconds: 3, what: { en: 'throttled', zh: '限流' } };
    expect(fillText(text, 'en', parameters)).toBe('Wait 3 s: throttled.');
    expect(fillText(text, 'zh', parameters)).toBe('等待 3 秒：限流。');
  });

  it('puts a value in as it is, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string(), (what) => {
        expect(fillText(text, 'en', { seconds: 1, what })).toBe(`Wait 1 s: ${what}.`);
      }),
    );
  });
});
