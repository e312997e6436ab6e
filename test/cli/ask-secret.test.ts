import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askSecrets } from '../../src/cli/ask-secret.ts';

/** A terminal as `process.stdin` is one: what is typed is shown by it alone, unless it is in raw mode. */
function fakeTerminal() {
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode(on: boolean) {
      input.isRaw = on;
    },
  });
  const output = new PassThrough().setEncoding('utf8');
  return { input, output, shown: () => (output.read() as string | null) ?? '' };
}

const QUESTIONS = ['Password:', 'Again:'];

describe('a secret that is asked for', () => {
  it('is not shown, and the terminal is as before afterwards', async () => {
    const terminal = fakeTerminal();
    const answers = askSecrets(QUESTIONS, terminal);
    expect(terminal.input.isRaw).toBe(true);
    for (const key of 'secret one\rsecret two\r') terminal.input.write(key);
    expect(await answers).toEqual(['secret one', 'secret two']);
    expect(terminal.shown()).toBe('Password: \nAgain: \n');
    expect(terminal.input.isRaw).toBe(false);
    expect(terminal.input.isPaused()).toBe(true);
    expect(terminal.input.destroyed).toBe(false);
  });

  it('may come in whatever pieces: pasted with the next one, or a character in two', async () => {
    const terminal = fakeTerminal();
    const answers = askSecrets(QUESTIONS, terminal);
    const bytes = Buffer.from('密码🔒 one\n密码🔒 two\n');
    terminal.input.write(bytes.subarray(0, 1));
    terminal.input.write(bytes.subarray(1, 8));
    terminal.input.write(bytes.subarray(8));
    expect(await answers).toEqual(['密码🔒 one', '密码🔒 two']);
  });

  it('can be mended while it is typed', async () => {
    const terminal = fakeTerminal();
    const answers = askSecrets(['Password:'], terminal);
    // Ctrl-U, then a wide character and a letter too many, each taken back; a tab is no character of a password.
    terminal.input.write('wrong\u0015rig🔒\u007fhx\u0008\tt\r');
    expect(await answers).toEqual(['right']);
  });

  it.each([
    ['Ctrl-C', 'half\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s ends the asking', async (_, typed) => {
    const terminal = fakeTerminal();
    const answers = askSecrets(QUESTIONS, terminal);
    terminal.input.write(typed);
    await expect(answers).rejects.toMatchObject({ code: 'interrupted' });
    expect(terminal.input.isRaw).toBe(false);
  });

  it('ends with the input', async () => {
    const terminal = fakeTerminal();
    const answers = askSecrets(QUESTIONS, terminal);
    terminal.input.end('half');
    await expect(answers).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('is not asked for where nobody sits at a terminal', async () => {
    const terminal = fakeTerminal();
    terminal.input.isTTY = false;
    expect(await askSecrets(QUESTIONS, terminal)).toBeUndefined();
    expect(terminal.shown()).toBe('');
  });
});
