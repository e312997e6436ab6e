import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecoveryCode, RecoveryCode } from '../../src/otp/recovery-code.ts';

const plainCodes = fc.string({
  unit: fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyz'),
  minLength: 6,
  maxLength: 40,
});

const toFullWidth = (character: string) => String.fromCodePoint((character.codePointAt(0) as number) + 0xfee0);

/** One way in which somebody may type a character, and what may stand in front of it. */
const typedCharacter = (character: string) =>
  fc
    .tuple(
      fc.constantFrom('', '', '', '-', ' ', '‐', '–', '—', '−', '－', '\u3000', '\u00a0'),
      fc.constantFrom(character, character.toUpperCase(), toFullWidth(character), toFullWidth(character.toUpperCase())),
    )
    .map((parts) => parts.join(''));

const typed = plainCodes.chain((plain) =>
  fc.tuple(
    fc.constant(plain),
    fc.tuple(...[...plain].map(typedCharacter)).map((parts) => parts.join('')),
  ),
);

function read(text: string): RecoveryCode {
  const code = parseRecoveryCode(text);
  if (!(code instanceof RecoveryCode)) throw new Error(`not taken: ${code}`);
  return code;
}

describe('recovery code', () => {
  it('reads the same whatever its case, hyphens, spaces and full-width forms', () => {
    fc.assert(
      fc.property(typed, ([plain, text]) => {
        fc.pre(text.length <= 128);
        expect(read(text).text).toBe(plain);
      }),
    );
  });

  it('is left as it is by a second normalisation', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'Aa1-é ＡｚßΣσ'), minLength: 6, maxLength: 60 }), (text) => {
        const once = parseRecoveryCode(text);
        fc.pre(once instanceof RecoveryCode);
        expect(read((once as RecoveryCode).text).text).toBe((once as RecoveryCode).text);
      }),
    );
  });

  it('keeps different codes apart', () => {
    fc.assert(
      fc.property(plainCodes, plainCodes, (left, right) => {
        expect(read(left).text === read(right).text).toBe(left === right);
      }),
    );
  });

  it('refuses what cannot be a code, by the length that counts', () => {
    expect(parseRecoveryCode('')).toBe('empty');
    expect(parseRecoveryCode(' - － ')).toBe('empty');
    expect(parseRecoveryCode('abc-12')).toBe('too_short');
    expect(parseRecoveryCode('abc-123')).toBeInstanceOf(RecoveryCode);
    expect(parseRecoveryCode('a'.repeat(128))).toBeInstanceOf(RecoveryCode);
    expect(parseRecoveryCode('a'.repeat(129))).toBe('too_long');
  });
});
