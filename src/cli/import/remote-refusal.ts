import type { LocalText } from '../../language.ts';

/** What a server answered instead of doing what it was asked. The message is in the language of the command already. */
export class RemoteRefusal extends Error {
  override readonly name = 'RemoteRefusal';
  readonly statusCode: number;
  readonly text: LocalText;
  /** What the answer says for programs. */
  readonly data: unknown;

  constructor(statusCode: number, message: string | LocalText, data?: unknown, cause?: unknown) {
    const text = typeof message === 'string' ? { en: message, zh: message } : message;
    super(text.en, { cause });
    this.statusCode = statusCode;
    this.text = text;
    this.data = data;
  }

  static unreachable(url: string, cause: Error): RemoteRefusal {
    const { code = cause.message } = (cause.cause ?? {}) as { code?: string };
    const text = {
      en: `The server ${url} cannot be reached: ${code}.`,
      zh: `无法连接服务器 ${url}：${code}。`,
    };
    return new RemoteRefusal(503, text, undefined, cause);
  }

  static noAnswer(status: number): RemoteRefusal {
    const text = {
      en: `The address given with --server did not answer like Factorport (HTTP ${status}). Check it, and proxies before it.`,
      zh: `--server 指定的地址未返回 Factorport 的应答（HTTP ${status}），请检查该地址及其前面的代理。`,
    };
    return new RemoteRefusal(503, text);
  }
}
