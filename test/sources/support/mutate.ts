type Random = (limit: number) => number;
type Mutation = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const HUGE_LENGTH = 70_000;
const DEEP = 2_000;
/** Bytes that mean something in some format. */
const MARKS = Buffer.from('{}[]",:;<>&\\/=%#?\n\r\t -+.0\u0000');

/**
 * Damages a file in one to three ways.
 *
 * @param files of which the one at `index` is damaged; pieces of the others may get into it
 */
export function mutate(files: readonly Buffer[], index: number, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(files[index] as Buffer);
  for (let left = 1 + random(3); left > 0; left--) {
    // Rare, because they cost more than the others together.
    const mutations = random(50) === 0 ? COSTLY : CHEAP;
    bytes = (mutations[random(mutations.length)] as Mutation)(bytes, random, files);
  }
  return bytes;
}

const truncate: Mutation = (bytes, random) => bytes.subarray(0, random(bytes.length + 1));

const flipBits: Mutation = (bytes, random) => {
  if (bytes.length === 0) return bytes;
  for (let left = 1 + random(8); left > 0; left--) {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random(8));
  }
  return bytes;
};

const replaceByMarks: Mutation = (bytes, random) => {
  if (bytes.length === 0) return bytes;
  for (let left = 1 + random(4); left > 0; left--) bytes[random(bytes.length)] = MARKS[random(MARKS.length)] as number;
  return bytes;
};

const splice: Mutation = (bytes, random, others) => {
  const other = others[random(others.length)] as Buffer;
  return Buffer.concat([bytes.subarray(0, random(bytes.length + 1)), other.subarray(random(other.length + 1))]);
};

const repeatBlock: Mutation = (bytes, random) => {
  const start = random(bytes.length + 1);
  const block = bytes.subarray(start, start + random(200));
  const blocks = Array.from({ length: 1 + random(8) }, () => block);
  return Buffer.concat([bytes.subarray(0, start), ...blocks, bytes.subarray(start)]);
};

const deleteBlock: Mutation = (bytes, random) => {
  const start = random(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + random(60))]);
};

const insertZeros: Mutation = (bytes, random) => insert(bytes, random, Buffer.alloc(1 + random(4)));

const changeNumber: Mutation = (bytes, random) => {
  const numbers = ['-1', '0', '1e999', '99999999999999999999', '4294967296', '0.5', 'null', 'NaN', '0x10'];
  return replaceMatch(bytes, random, /\d+/g, numbers[random(numbers.length)] as string);
};

/** What a value of JSON is replaced by: of another type, or of no type that can become a text. */
const ODD_VALUES = [
  '{"toString":1}',
  '[{"valueOf":1}]',
  '[]',
  '{}',
  'null',
  'true',
  '""',
  '"constructor"',
  '-1',
  '1.5',
];

const changeValue: Mutation = (bytes, random) => {
  const odd = ODD_VALUES[random(ODD_VALUES.length)] as string;
  return replaceMatch(bytes, random, /(?:"(?:[^"\\]|\\.)*"|\b-?\d+|true|false|null)(?=\s*[,}\]])/g, odd);
};

/** Names that every object has. */
const ODD_WORDS = ['constructor', '__proto__', 'toString', 'null', 'hasOwnProperty'];

const changeWord: Mutation = (bytes, random) =>
  replaceMatch(bytes, random, /[A-Za-z]{3,}/g, ODD_WORDS[random(ODD_WORDS.length)] as string);

const insertHuge: Mutation = (bytes, random) => insert(bytes, random, Buffer.alloc(HUGE_LENGTH, 0x41 + random(26)));

const insertDeep: Mutation = (bytes, random) => {
  const openings = ['[', '{"a":', '<a>', '- ', '('];
  return insert(bytes, random, Buffer.from((openings[random(openings.length)] as string).repeat(DEEP)));
};

const CHEAP = [
  truncate,
  flipBits,
  flipBits,
  replaceByMarks,
  replaceByMarks,
  splice,
  repeatBlock,
  deleteBlock,
  insertZeros,
  changeNumber,
  changeValue,
  changeWord,
];
const COSTLY = [insertHuge, insertDeep];

function replaceMatch(bytes: Buffer, random: Random, pattern: RegExp, replacement: string): Buffer {
  const text = bytes.toString('latin1');
  const found = [...text.matchAll(pattern)];
  const one = found[random(found.length)];
  if (one === undefined) return bytes;
  return Buffer.from(text.slice(0, one.index) + replacement + text.slice(one.index + one[0].length), 'latin1');
}

function insert(bytes: Buffer, random: Random, inserted: Buffer): Buffer {
  const at = random(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
}
