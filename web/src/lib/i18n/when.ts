/** Moments in the meeting's own zone, always with its name, and lengths of time. */

export const MOSCOW = 'Europe/Moscow';

export function dateAndTime(ms: number, zone: string): string {
  return shown(ms, zone, { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' });
}

/** «1 ноября 2026 г.», without the zone's name: for days that people compare with a calendar. */
export function day(ms: number, zone: string): string {
  return unbroken(new Intl.DateTimeFormat('ru', { timeZone: zone, day: 'numeric', month: 'long', year: 'numeric' }).format(ms));
}

export function timeOfDay(ms: number, zone: string): string {
  return shown(ms, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** «14:00 МСК»; other zones by their distance, «14:00 GMT+5». */
function shown(ms: number, zone: string, parts: Intl.DateTimeFormatOptions): string {
  const text = unbroken(new Intl.DateTimeFormat('ru', { timeZone: zone, ...parts }).format(ms).replace(' в ', ', '));
  return `${text}\u00a0${zone === MOSCOW ? 'МСК' : nameOf(zone, ms)}`;
}

/** «г.» never begins a line. */
function unbroken(text: string): string {
  return text.replace(' г.', '\u00a0г.');
}

function nameOf(zone: string, ms: number): string {
  const parts = new Intl.DateTimeFormat('ru', { timeZone: zone, timeZoneName: 'short' }).formatToParts(ms);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
}

/** «1:05», «2:01:00». */
export function minutesAndSeconds(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shownParts = parts[0] === 0 ? parts.slice(1) : parts;
  return shownParts.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** «ДД.ММ.ГГГГ ЧЧ:ММ» as people type it, in the meeting's zone; null if there is no such moment. */
export function parseMoment(text: string, zone: string): number | null {
  const match = /^(\d{1,2})\.(\d{1,2})\.(\d{4})[ ,]+(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (!match) return null;
  const [day, month, year, hour, minute] = match.slice(1).map(Number) as [number, number, number, number, number];
  const asUtc = Date.UTC(year, month - 1, day, hour, minute);
  const date = new Date(asUtc);
  if (date.getUTCDate() !== day || date.getUTCMonth() !== month - 1 || hour > 23 || minute > 59) return null;
  return asUtc - offsetAt(asUtc - offsetAt(asUtc, zone), zone);
}

/** How far the zone's clocks are ahead of UTC at a moment, in milliseconds. */
function offsetAt(ms: number, zone: string): number {
  const options = { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  const parts = new Intl.DateTimeFormat('en', options).formatToParts(ms);
  const of = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute')) - Math.floor(ms / 60_000) * 60_000;
}

/** «ДД.ММ.ГГГГ» → «ГГГГ-ММ-ДД». */
export function parseDay(text: string): string | null {
  const moment = parseMoment(`${text.trim()} 12:00`, 'UTC');
  return moment === null ? null : new Date(moment).toISOString().slice(0, 10);
}
