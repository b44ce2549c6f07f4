// Times in words, in the reader's own time zone and language.

const DAY_MS = 86_400_000;
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const shortDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const longDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });

export function clockTime(at: string): string {
  return clock.format(new Date(at));
}

/** For the list: the time today, else the day. */
export function listTime(at: string, now: Date): string {
  const days = daysBetween(new Date(at), now);
  if (days === 0) return clockTime(at);
  return days < 7 ? dayName(at, now) : shortDate.format(new Date(at));
}

/** For a divider: Today, Yesterday, a weekday, or the date. */
export function dayName(at: string, now: Date): string {
  const days = daysBetween(new Date(at), now);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return days > 1 && days < 7 ? weekday.format(new Date(at)) : longDate.format(new Date(at));
}

export function lastSeenText(at: string | null | undefined, now: Date): string {
  if (!at) return 'Offline';
  const minutes = Math.floor((now.getTime() - Date.parse(at)) / 60_000);
  if (minutes < 1) return 'Last seen just now';
  if (minutes < 60) return `Last seen ${minutes} min ago`;
  return `Last seen ${dayName(at, now).toLowerCase()} at ${clockTime(at)}`;
}

function daysBetween(from: Date, to: Date): number {
  return Math.round((midnight(to) - midnight(from)) / DAY_MS);
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
