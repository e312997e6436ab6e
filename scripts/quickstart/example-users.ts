/** A made-up person. */
export interface ExampleUser {
  readonly externalId: string;
  readonly username: string;
  readonly email: string;
  readonly name: string;
}

const GIVEN = [
  'Ada',
  'Bo',
  'Chen',
  'Dilek',
  'Emeka',
  'Farah',
  'Goran',
  'Hana',
  'Ines',
  'Jun',
  'Kofi',
  'Lin',
  'Mei',
  'Noor',
  'Ola',
];
const FAMILY = [
  'Abe',
  'Baker',
  'Costa',
  'Diaz',
  'Eriksen',
  'Fischer',
  'Gupta',
  'Huang',
  'Ito',
  'Jansen',
  'Kim',
  'Li',
  'Moreau',
  'Novak',
  '王',
  '张',
  '陈',
  '刘',
];

/** The same people every time, so that a second run finds the first one's. */
export function exampleUsers(count: number): ExampleUser[] {
  return Array.from({ length: count }, (_, index) => {
    const given = GIVEN[index % GIVEN.length] as string;
    const family = FAMILY[(index * 7) % FAMILY.length] as string;
    const number = String(index + 1).padStart(3, '0');
    const username = `${given.toLowerCase()}${number}`;
    return { externalId: `example-${number}`, username, email: `${username}@example.com`, name: `${given} ${family}` };
  });
}
