import type { LocalText } from '../../language.ts';
import { unguardCell } from '../formula-guard.ts';

/** 1.23E+12, with a point or a comma; a sign always stands there, which no hexadecimal text has. */
const SCIENTIFIC = /^[+-]?\d(?:[.,]\d+)?E[+-]\d{1,3}$/i;
const OVERFLOW = /^#{3,}$/;
const ERROR_VALUE = /^#(?:REF!|VALUE!|NAME\?|NUM!|DIV\/0!|NULL!|N\/A)$/i;
/** Spreadsheets keep 15 digits of a number and write zeros for the rest. */
const LOST_DIGITS = /^[1-9]\d{14}0{2,}$/;
/** `="0042"`: how careful exports keep zeros. */
const KEPT_TEXT = /^="([^"]*)"$/;

export const NUMBER_CELL: LocalText = {
  en: 'it is kept as a number, so leading zeros and digits beyond the 15th are lost',
  zh: '该值以数字形式保存，前导零及第 15 位之后的数字已丢失',
};

/**
 * What a spreadsheet has done to a value of digits or letters that it took for a number.
 *
 * @returns what happened, or `undefined` where the value looks whole
 */
export function findDamage(cell: string): LocalText | undefined {
  if (SCIENTIFIC.test(cell)) {
    return { en: 'it is written in scientific notation, with digits lost', zh: '变成了科学记数法，部分数字已丢失' };
  }
  if (OVERFLOW.test(cell)) return { en: 'only # signs are left of it', zh: '只剩下 # 号' };
  if (ERROR_VALUE.test(cell)) return { en: 'it is an error of a formula', zh: '变成了公式错误值' };
  if (LOST_DIGITS.test(cell)) return { en: 'digits beyond the 15th are zeros', zh: '第 15 位之后的数字变成了零' };
  return undefined;
}

/** Takes off what an export has put around a cell for the sake of spreadsheets. */
export function unwrapCell(cell: string): string {
  return KEPT_TEXT.exec(cell)?.[1] ?? unguardCell(cell);
}
