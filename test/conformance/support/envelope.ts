import { expect } from 'vitest';

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** `statusCode`s that the wire contract lists. */
export const STATUS_CODES = [200, 400, 401, 403, 404, 409, 413, 422, 429, 500, 501, 503];

interface Envelope {
  readonly statusCode: number;
  readonly message: string;
  readonly apiCode?: number;
  readonly requestId?: string;
  readonly data?: unknown;
}

export function expectSuccess(answer: Envelope): void {
  expect(answer).toMatchObject({ statusCode: 200, message: '操作成功' });
  expect(answer).not.toHaveProperty('apiCode');
  expect(answer.requestId).toMatch(UUID);
}

export function expectFailure(answer: Envelope, statusCode: number, apiCode?: number): void {
  expect({ statusCode: answer.statusCode, apiCode: answer.apiCode }).toEqual({ statusCode, apiCode });
  expect(answer.message).not.toBe('');
  expect(answer.requestId).toMatch(UUID);
}
