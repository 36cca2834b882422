/** Russian plural forms: 1 голос, 2 голоса, 5 голосов. */

const RULES = new Intl.PluralRules('ru');

export function plural(count: number, one: string, few: string, many: string): string {
  const form = RULES.select(count);
  return `${count}\u00a0${form === 'one' ? one : form === 'few' ? few : many}`;
}
