import { PassThrough, Writable } from 'node:stream';

/** What is written to a terminal, or to a pipe. */
export class FakeScreen extends Writable {
  readonly isTTY: boolean;
  readonly columns = 100;
  text = '';
  onText: () => void = () => undefined;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.onText();
    done();
  }

  /** Waits until the text has what is looked for. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A keyboard at a terminal. */
export class FakeKeyboard extends PassThrough {
  readonly isTTY = true;

  setRawMode(): this {
    return this;
  }

  type(text: string): void {
    this.write(text);
  }
}
