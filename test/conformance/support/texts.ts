/** Texts that have broken some client's or server's signing, encoding or storing before. */
export const AWKWARD_TEXTS = {
  chinese: '张三·李四',
  emoji: '👩‍👩‍👧‍👦🍣',
  quotes: `"double" 'single' “curly”`,
  ampersand: 'a&b=c&d',
  plus: '1+1 = 2',
  percent: '100%25 %zz',
  brackets: 'list[]=1,2;[0]',
  backslash: 'C:\\new\\table / \\u0041',
  separators: 'line\u2028paragraph\u2029end',
  lines: 'one\ntwo\ttab\rreturn',
  markup: '<script>&amp;</script>',
  dateLike: '2022-06-03T00:00:00Z',
  number: '007',
  word: 'null',
} as const;

/** All of it in one text. */
export const AWKWARD = Object.values(AWKWARD_TEXTS).join(' ');

export const AWKWARD_ENTRIES = Object.entries(AWKWARD_TEXTS);
