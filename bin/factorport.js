#!/usr/bin/env -S node --max-semi-space-size=8
// The flag bounds what the garbage collector keeps in reserve, which else grows to 128 MiB however little is in use.
// Plain JavaScript, so that an older Node can read it and say what is missing.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  const chinese = /^zh/i.test(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '');
  console.error(
    chinese
      ? `factorport：需要 Node 24 或更高版本，当前为 ${process.versions.node}。请安装新版 Node，或执行：npx -p node@24 -c "factorport …"`
      : `factorport: needs Node 24 or newer; this is ${process.versions.node}. Install a newer Node, or run: npx -p node@24 -c "factorport …"`,
  );
  process.exit(3);
}
await import('../dist/cli/main.js');
