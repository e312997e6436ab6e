import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { artifactFolder } from './support/artifacts.ts';
import { plant, plantedSeed } from './support/planted.ts';
import { startTestServer, type TestServer } from './support/test-server.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READMES = ['README.md', 'README.zh-CN.md'] as const;
/** Pages of which both languages are written by hand. */
const PAIRS = [READMES, ['docs/import.md', 'docs/import.zh-CN.md']] as const;
const PAGES = [...readdirSync(ROOT), ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);
const SHELL_LANGUAGES = new Set(['sh', 'bash']);
const run = promisify(execFile);
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
);

interface Block {
  readonly language: string;
  readonly text: string;
}

const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');
const blocksOf = (page: string): Block[] =>
  [...read(page).matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }));
const withoutBlocks = (page: string) => read(page).replace(/^```.*?^```$/gms, '');
const headingsOf = (page: string) =>
  [...withoutBlocks(page).matchAll(/^(#+) (.*)$/gm)].map(([, marks = '', text = '']) => ({
    level: marks.length,
    text,
  }));
/** The one TypeScript example that calls a function. */
const exampleOf = (page: string, name: string): string => {
  const blocks = blocksOf(page).filter(({ language, text }) => language === 'ts' && text.includes(`.${name}(`));
  expect(blocks).toHaveLength(1);
  return blocks[0]?.text as string;
};

/** Puts real values where the example has made-up ones, and fails if it does not have them. */
function fill(text: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((filled, [place, value]) => {
    expect(filled).toContain(place);
    return filled.replaceAll(place, value);
  }, text);
}

async function credentials(server: TestServer): Promise<Record<string, string>> {
  const { key, secret } = await server.createKey();
  return {
    'http://127.0.0.1:8787': server.url,
    'your-access-key-id': key.accessKeyId,
    'your-access-key-secret': secret,
  };
}

function secretIn(example: string): string {
  const secret = /secret\\?["']?: \\?["']([A-Z2-7]{32})/.exec(example)?.[1] as string;
  plant(secret);
  return secret;
}

describe('the pages', () => {
  it('that are generated are what the program says now', async () => {
    await run(process.execPath, ['scripts/docs.ts', '--check'], { cwd: ROOT });
  });

  it.each(PAGES)('%s has only links that lead somewhere', (page) => {
    const links = [...withoutBlocks(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const dead = links.filter((target) => !/^https?:/.test(target) && !leadsSomewhere(page, target));
    expect(dead).toEqual([]);
  });

  it('name only npm scripts that exist', () => {
    const named = PAGES.flatMap((page) => [...read(page).matchAll(/npm (?:run (?:-s )?([\w:-]+)|(test)\b)/g)]);
    const unknown = named
      .map(([, script, test]) => script ?? test)
      .filter((name) => !((name as string) in packageJson.scripts));
    expect(named.length).toBeGreaterThan(5);
    expect(unknown).toEqual([]);
  });

  it('name every dependency with its license, and no other', () => {
    const rows = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)];
    const listed = rows.map(([, name = '', license = '']) => `${name}: ${license}`);
    const names = [...Object.keys(packageJson.dependencies), ...Object.keys(packageJson.devDependencies)];
    const installed = names.map((name) => {
      const { license } = JSON.parse(read(`node_modules/${name}/package.json`)) as { license: string };
      return `${name}: ${license}`;
    });
    expect(listed).toEqual(installed);
  });

  it.each(PAGES.filter((page) => page.endsWith('.zh-CN.md')))('%s has no English sentence left in it', (page) => {
    const prose = withoutBlocks(page)
      .replace(/`[^`\n]*`/g, '·')
      .replace(/\]\([^)]*\)/g, ']');
    // Names stand in Chinese text; five words in a row are a sentence.
    expect(prose.match(/(?:[A-Za-z][a-z'-]*[ ,]+){4,}[A-Za-z]+/g) ?? []).toEqual([]);
  });
});

describe.each(PAIRS)('%s and %s', (english, chinese) => {
  it('have the same headings', () => {
    const levels = (page: string) => headingsOf(page).map((heading) => heading.level);
    expect(levels(chinese)).toEqual(levels(english));
  });

  it('have the same code, comments and the language of messages aside', () => {
    const inOneLanguage = new Set(['json', 'text']);
    const code = (page: string) =>
      blocksOf(page).map(({ language, text }) => ({
        language,
        text: inOneLanguage.has(language) ? '' : bare(text, language),
      }));
    expect(code(chinese)).toEqual(code(english));
  });

  it('have tables of the same size', () => {
    const rows = (page: string) => withoutBlocks(page).match(/^\|/gm)?.length;
    expect(rows(chinese)).toBe(rows(english));
  });
});

describe.each(READMES)('the examples of %s', (page) => {
  it.skipIf(!hasCurl)('with curl import and verify as printed (skipped where curl is not installed)', async () => {
    await using server = await startTestServer('sqlite');
    const example = blocksOf(page)
      .filter(({ language }) => language === 'bash')
      .map(({ text }) => text)
      .join('\n');
    const code = new TOTP({ secret: Secret.fromBase32(secretIn(example)) }).generate();
    const script = fill(example, { ...(await credentials(server)), 'CODE=123456': `CODE=${code}` });
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script]);
    // First the token and the new user are shown, then the three answers.
    const answers = stdout.trim().split('\n').slice(-3);
    const message = page === 'README.md' ? 'Success' : '操作成功';
    const success = { statusCode: 200, message, requestId: expect.any(String) };
    const recovered = { verified: true, method: 'recovery', recoveryCode: expect.any(String), recoveryCodesLeft: 1 };
    expect(answers.map((answer) => JSON.parse(answer))).toEqual([
      success,
      { ...success, data: { verified: true, method: 'totp' } },
      { ...success, data: recovered },
    ]);
  });

  it('with the TypeScript SDK import as printed, and its types agree', async () => {
    await using server = await startTestServer('sqlite');
    const example = exampleOf(page, 'importOtp');
    const seed = Secret.fromBase32(secretIn(example));
    const output = await runTypeScript(`${page}.ts`, fill(example, await credentials(server)));
    expect(output.trim()).toBe('200 操作成功');
    const body = { userId: 'bob', userIdType: 'username', code: new TOTP({ secret: seed }).generate() };
    const answer = await server.call('POST', '/api/v1/otp/verify', { token: await server.token(), body });
    expect(answer.body.data).toEqual({ verified: true, method: 'totp' });
  });

  it('with a token for a user verify as printed, and the types agree', async () => {
    await using server = await startTestServer('sqlite');
    const secret = plantedSeed(9_101);
    const body = { username: 'bob', otp: { secret } };
    await server.call('POST', '/api/v3/create-user', { token: await server.token(), body });
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    const example = fill(exampleOf(page, 'mfaOtpVerify'), { ...(await credentials(server)), 123456: code });
    expect(await runTypeScript(`${page}-user.ts`, example)).toBe('200 操作成功\ntrue\n');
  });

  it('show answers with the members that the service sends', async () => {
    await using server = await startTestServer('sqlite');
    const token = await server.token();
    const headers = page === 'README.md' ? { 'accept-language': 'en' } : {};
    const send = (list: unknown, options?: unknown) =>
      server.call('POST', '/api/v3/import-otp', { token, headers, body: { list, options } });
    const otp = { secret: secretIn(exampleOf(page, 'importOtp')), recoveryCode: '0000-1111-2222' };
    const { body: user } = await server.call('POST', '/api/v3/create-user', { token, body: { username: 'carol' } });
    const { userId } = user.data;
    const refused = await send(
      [
        { userId: 'carol', otp },
        { userId, otp: { secret: 'AAAA' } },
      ],
      { createMissingUsers: true },
    );
    const imported = await send([{ userId, otp }], {});

    const [shownRefusal, shownSuccess] = blocksOf(page)
      .filter(({ language }) => language === 'json')
      .map(({ text }) => JSON.parse(text));
    refused.body.data.errors[0].userId = shownRefusal.data.errors[0].userId;
    expect({ ...refused.body, requestId: '' }).toEqual({ ...shownRefusal, requestId: '' });
    expect({ ...imported.body, requestId: '' }).toEqual({ ...shownSuccess, requestId: '' });
  });
});

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(resolve(ROOT, file))) return false;
  if (anchor === undefined) return true;
  return headingsOf(file).some(
    ({ text }) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} -]/gu, '')
        .replaceAll(' ', '-') === anchor,
  );
}

/** Checks the types of a program, runs it, and leaves nothing of it behind: it holds secrets. */
async function runTypeScript(name: string, program: string): Promise<string> {
  const file = join(artifactFolder('examples'), name);
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const options = '--ignoreConfig --noEmit --strict --skipLibCheck --types node --module nodenext --target es2024';
  writeFileSync(file, program);
  try {
    await run(process.execPath, [compiler, ...options.split(' '), file], { cwd: ROOT });
    return (await run(process.execPath, [file])).stdout;
  } finally {
    rmSync(file);
  }
}

/** Code without its comments, its own message, and the header that asks for English. */
function bare(text: string, language: string): string {
  const comment = SHELL_LANGUAGES.has(language) ? /^\s*# .*\n/gm : /^\s*\/\/ .*\n/gm;
  return text
    .replace(comment, '')
    .replace(/\{TOKEN:-[^}]*\}/, '{TOKEN}')
    .replaceAll(" -H 'Accept-Language: en'", '');
}
