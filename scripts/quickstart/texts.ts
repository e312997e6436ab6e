import type { LocalText } from '../../src/language.ts';

export const TEXTS = {
  started: {
    en: '✓ Factorport is running at {url}, on its embedded database in quickstart-data/',
    zh: '✓ Factorport 已启动：{url}，使用 quickstart-data/ 中的内嵌数据库',
  },
  key: { en: '✓ made the access key {id}', zh: '✓ 已创建访问密钥 {id}' },
  users: { en: '✓ loaded {count} example users', zh: '✓ 已载入 {count} 个示例用户' },
  imported: {
    en: '✓ imported {count} OTPs with the unmodified authing-node-sdk, in one request of {ms} ms',
    zh: '✓ 已用未经修改的 authing-node-sdk 导入 {count} 个 OTP，单次请求耗时 {ms} 毫秒',
  },
  verified: {
    en: '✓ verified {user} with the code {code}, computed by the independent library otpauth',
    zh: '✓ 用独立库 otpauth 计算出的验证码 {code} 校验 {user}，已通过',
  },
  replayed: {
    en: '✓ tried the same code again: refused ({answer}), as it should be',
    zh: '✓ 再次提交同一验证码：已拒绝（{answer}），符合预期',
  },
  look: { en: '\nOpen {url} to see the API.', zh: '\n打开 {url} 查看 API 文档。' },
  next: {
    en: 'Next, in another terminal:\n  npm run -s factorport -- users list --data-dir quickstart-data\n  npm run -s factorport -- doctor --data-dir quickstart-data\n  npm run -s factorport -- keys create --scopes all --data-dir quickstart-data',
    zh: '接下来可在另一个终端中执行：\n  npm run -s factorport -- users list --data-dir quickstart-data\n  npm run -s factorport -- doctor --data-dir quickstart-data\n  npm run -s factorport -- keys create --scopes all --data-dir quickstart-data',
  },
  otherPort: { en: '  (port 8787 is taken, so this one uses another)', zh: '  （端口 8787 已被占用，改用其他端口）' },
  stopped: {
    en: '\nStopped. The example data is in quickstart-data/; delete it whenever you like.',
    zh: '\n已停止。示例数据保存在 quickstart-data/，可随时删除。',
  },
  serving: { en: 'Serving until Ctrl-C.', zh: '服务持续运行，按 Ctrl-C 停止。' },
} as const satisfies Record<string, LocalText>;
