/** Moments in Moscow time, always with its name, and lengths of time. */

const ZONE = 'Europe/Moscow';
const day = new Intl.DateTimeFormat('ru', { timeZone: ZONE, day: 'numeric', month: 'long', year: 'numeric' });
const clock = new Intl.DateTimeFormat('ru', { timeZone: ZONE, hour: '2-digit', minute: '2-digit' });
const exact = new Intl.DateTimeFormat('ru', { timeZone: ZONE, hour: '2-digit', minute: '2-digit', second: '2-digit' });

export function dateAndTime(ms: number): string {
  return `${day.format(ms)}, ${clock.format(ms)}\u00a0МСК`;
}

export function timeOfDay(ms: number): string {
  return `${exact.format(ms)}\u00a0МСК`;
}

/** «1:05», «2:01:00». */
export function minutesAndSeconds(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** «ДД.ММ.ГГГГ ЧЧ:ММ» as people type it, Moscow time; null if there is no such moment. */
export function parseMoment(text: string): number | null {
  const match = /^(\d{1,2})\.(\d{1,2})\.(\d{4})[ ,]+(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (!match) return null;
  const [dayOf, month, year, hour, minute] = match.slice(1).map(Number) as [number, number, number, number, number];
  const iso = Date.UTC(year, month - 1, dayOf, hour - 3, minute); // Moscow is UTC+3 all the year
  const check = new Date(Date.UTC(year, month - 1, dayOf));
  const isReal = check.getUTCDate() === dayOf && check.getUTCMonth() === month - 1 && hour < 24 && minute < 60;
  return isReal ? iso : null;
}

/** «ДД.ММ.ГГГГ» → «ГГГГ-ММ-ДД». */
export function parseDay(text: string): string | null {
  const moment = parseMoment(`${text.trim()} 12:00`);
  return moment === null ? null : new Date(moment).toISOString().slice(0, 10);
}
