import { fillText, type LocalText } from '../../language.ts';
import { migrateDatabase } from '../../open-store.ts';
import { type Command, EXIT } from '../command.ts';

const MIGRATED: LocalText = {
  en: 'The database is at schema version {version}.',
  zh: '数据库结构版本为 {version}。',
};

export const migrate: Command = {
  name: 'migrate',
  summary: { en: 'Set up the database, or bring it up to date', zh: '初始化数据库或升级其结构' },
  examples: ['factorport migrate', 'factorport migrate --database-url postgres://user:password@host:5432/factorport'],
  async run({ config, terminal, language, flag }) {
    const { current } = await migrateDatabase(config);
    if (flag('json')) terminal.json({ schemaVersion: current });
    else terminal.line(fillText(MIGRATED, language, { version: current }));
    return EXIT.ok;
  },
};
